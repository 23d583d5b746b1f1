using IlgpuBnn.Equations;

namespace Physics;

/// <summary>
/// An ice shelf in two dimensions, vertically integrated (shallow shelf approximation), scaled: on the unit square, with viscosity mu, thickness h and velocities u, v,
/// <c>(2 mu h (2 u_x + v_y))_x + (mu h (u_y + v_x))_y = h h_x + f1</c>, and the same with the axes exchanged and f2.
/// </summary>
/// <remarks>
/// A manufactured solution: fields are written down, and f1, f2 and the tractions at the front, x = 1, are what they make of the equations. Thickness is known.
/// </remarks>
internal static class Shelf2D
{
    public const int X = 0, Y = 1, U = 0, V = 1, Mu = 2;

    /// <summary>Value, and derivatives by x, y, twice by x, by both, twice by y.</summary>
    internal readonly record struct Jet(double Value, double X, double Y, double XX, double XY, double YY);

    /// <summary>1 + 0.8 x + 0.2 sin(pi x) cos(pi y).</summary>
    public static Jet Eastward(double x, double y)
    {
        (double sx, double cx) = Math.SinCos(Math.PI * x);
        (double sy, double cy) = Math.SinCos(Math.PI * y);
        double a = 0.2 * Math.PI, b = a * Math.PI;
        return new Jet(1 + (0.8 * x) + (0.2 * sx * cy), 0.8 + (a * cx * cy), -a * sx * sy, -b * sx * cy, -b * cx * sy, -b * sx * cy);
    }

    /// <summary>0.15 (1 + x) sin(2 pi y).</summary>
    public static Jet Northward(double x, double y)
    {
        (double s, double c) = Math.SinCos(2 * Math.PI * y);
        double k = 2 * Math.PI;
        return new Jet(0.15 * (1 + x) * s, 0.15 * s, 0.15 * k * (1 + x) * c, 0, 0.15 * k * c, -0.15 * k * k * (1 + x) * s);
    }

    /// <summary>h = 1 - 0.4 x + 0.1 cos(pi y), and its derivatives by x and y.</summary>
    public static (double Value, double X, double Y) Thickness(double x, double y) => (1 - (0.4 * x) + (0.1 * Math.Cos(Math.PI * y)), -0.4, -0.1 * Math.PI * Math.Sin(Math.PI * y));

    /// <summary>mu = 0.1 (1 - 0.5 cos(2 pi y)) (2/3 + x/3), and its derivatives by x and y.</summary>
    public static (double Value, double X, double Y) Viscosity(double x, double y)
    {
        (double s, double c) = Math.SinCos(2 * Math.PI * y);
        double across = 0.1 * (1 - (0.5 * c)), along = (2 + x) / 3;
        return (across * along, across / 3, 0.1 * Math.PI * s * along);
    }

    /// <summary>Residual of a balance of momentum without its forcing: of the first one, in x; of the second, with axes and velocities exchanged.</summary>
    /// <param name="own">Derivatives of the velocity along the axis: by it, by the other axis, twice by it, by both, twice by the other.</param>
    /// <param name="other">Of the velocity across.</param>
    /// <param name="q">mu h, and its derivatives along and across.</param>
    /// <param name="driving">h h_x.</param>
    private static T Balance<T>((T Along, T Across, T Twice, T Both, T TwiceAcross) own, (T Along, T Across, T Twice, T Both) other, (T Value, T Along, T Across) q, double driving)
        where T : struct, IReal<T> =>
        (q.Along * ((4 * own.Along) + (2 * other.Across))) + (q.Value * ((4 * own.Twice) + (2 * other.Both)))
        + (q.Across * (own.Across + other.Along)) + (q.Value * (own.TwiceAcross + other.Both)) - driving;

    /// <summary>e1 of the lecture, less f1.</summary>
    public readonly struct Eastwards : IEquation
    {
        public static T Residual<T>(in EquationPoint<T> at)
            where T : struct, IReal<T>
        {
            (double x, double y) = (at.At(X), at.At(Y));
            (double h, double hx, _) = Thickness(x, y);
            (T q, T qx, T qy) = Stiffness(x, y, at.Value(Mu), at.Derivative(Mu, X), at.Derivative(Mu, Y));
            T own = Balance(
                (at.Derivative(U, X), at.Derivative(U, Y), at.Derivative(U, X, X), at.Derivative(U, X, Y), at.Derivative(U, Y, Y)),
                (at.Derivative(V, X), at.Derivative(V, Y), at.Derivative(V, X, X), at.Derivative(V, X, Y)), (q, qx, qy), h * hx);
            return own - ForcingEast(x, y);
        }
    }

    /// <summary>e2 of the lecture, less f2.</summary>
    public readonly struct Northwards : IEquation
    {
        public static T Residual<T>(in EquationPoint<T> at)
            where T : struct, IReal<T>
        {
            (double x, double y) = (at.At(X), at.At(Y));
            (double h, _, double hy) = Thickness(x, y);
            (T q, T qx, T qy) = Stiffness(x, y, at.Value(Mu), at.Derivative(Mu, X), at.Derivative(Mu, Y));
            T own = Balance(
                (at.Derivative(V, Y), at.Derivative(V, X), at.Derivative(V, Y, Y), at.Derivative(V, X, Y), at.Derivative(V, X, X)),
                (at.Derivative(U, Y), at.Derivative(U, X), at.Derivative(U, Y, Y), at.Derivative(U, X, Y)), (q, qy, qx), h * hy);
            return own - ForcingNorth(x, y);
        }
    }

    /// <summary>Normal traction at the front, over the thickness: 2 mu (2 u_x + v_y).</summary>
    public readonly struct FrontPull : IEquation
    {
        public static T Residual<T>(in EquationPoint<T> at)
            where T : struct, IReal<T>
        {
            (double x, double y) = (at.At(X), at.At(Y));
            return (2 * at.Value(Mu) * ((2 * at.Derivative(U, X)) + at.Derivative(V, Y))) - (2 * Viscosity(x, y).Value * ((2 * Eastward(x, y).X) + Northward(x, y).Y));
        }
    }

    /// <summary>Shear traction at the front, over the thickness: mu (u_y + v_x).</summary>
    public readonly struct FrontShear : IEquation
    {
        public static T Residual<T>(in EquationPoint<T> at)
            where T : struct, IReal<T>
        {
            (double x, double y) = (at.At(X), at.At(Y));
            return (at.Value(Mu) * (at.Derivative(U, Y) + at.Derivative(V, X))) - (Viscosity(x, y).Value * (Eastward(x, y).Y + Northward(x, y).X));
        }
    }

    /// <summary>mu h and its derivatives by x and y.</summary>
    private static (T Value, T X, T Y) Stiffness<T>(double x, double y, T mu, T byX, T byY)
        where T : struct, IReal<T>
    {
        (double h, double hx, double hy) = Thickness(x, y);
        return (mu * h, (byX * h) + (mu * hx), (byY * h) + (mu * hy));
    }

    /// <summary>f1: what the true fields leave.</summary>
    public static double ForcingEast(double x, double y)
    {
        (Jet u, Jet v) = (Eastward(x, y), Northward(x, y));
        (double h, double hx, _) = Thickness(x, y);
        return Balance<Dual>((u.X, u.Y, u.XX, u.XY, u.YY), (v.X, v.Y, v.XX, v.XY), Stiffness(x, y), h * hx).Value;
    }

    /// <summary>f2.</summary>
    public static double ForcingNorth(double x, double y)
    {
        (Jet u, Jet v) = (Eastward(x, y), Northward(x, y));
        (double h, _, double hy) = Thickness(x, y);
        (Dual q, Dual qx, Dual qy) = Stiffness(x, y);
        return Balance<Dual>((v.Y, v.X, v.YY, v.XY, v.XX), (u.Y, u.X, u.YY, u.XY), (q, qy, qx), h * hy).Value;
    }

    /// <summary>The true one.</summary>
    private static (Dual Value, Dual X, Dual Y) Stiffness(double x, double y)
    {
        (double mu, double mx, double my) = Viscosity(x, y);
        return Stiffness<Dual>(x, y, mu, mx, my);
    }
}
