using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace KuramotoSivashinsky;

/// <summary>
/// y_t = -y y_x - y_xx - y_xxxx, periodic: pseudo-spectral in space, the fourth-order exponential Runge-Kutta scheme ETDRK4 in time (Cox and Matthews 2002; its coefficients by
/// contour integrals, Kassam and Trefethen 2005). Not thread-safe.
/// </summary>
internal sealed class Solver
{
    /// <summary>Points of the grid; x = k Length / Points.</summary>
    public const int Points = 64;

    /// <summary>Of the periodic domain.</summary>
    public const double Length = 22;

    private const int ContourPoints = 32;

    // Two thirds of the modes: products of what is left do not fold back into it.
    private const int LargestMode = Points / 3;

    private readonly double[] _wave = new double[Points], _whole = new double[Points], _half = new double[Points];
    private readonly double[] _q = new double[Points], _f1 = new double[Points], _f2 = new double[Points], _f3 = new double[Points];
    private readonly Complex[] _v = new Complex[Points], _a = new Complex[Points], _b = new Complex[Points], _c = new Complex[Points], _work = new Complex[Points];
    private readonly Complex[] _nv = new Complex[Points], _na = new Complex[Points], _nb = new Complex[Points], _nc = new Complex[Points];

    /// <param name="step">Of time; 0.05 is exact to 1e-6 over a unit of time.</param>
    public Solver(double step)
    {
        for (int n = 0; n < Points; n++)
        {
            int mode = n <= Points / 2 ? n : n - Points;
            double k = 2 * Math.PI * mode / Length, rate = (k * k) - (k * k * k * k);
            _wave[n] = Math.Abs(mode) <= LargestMode ? k : 0;
            (_whole[n], _half[n]) = (Math.Exp(step * rate), Math.Exp(step * rate / 2));
            SetCoefficients(n, step, step * rate);
        }
    }

    /// <summary>Goes on from a state by some steps, in place.</summary>
    /// <param name="state">[<see cref="Points"/>].</param>
    public void Advance(double[] state, int steps)
    {
        for (int n = 0; n < Points; n++)
        {
            _v[n] = state[n];
        }

        Fourier.Forward(_v, FourierOptions.Matlab);
        for (int k = 0; k < steps; k++)
        {
            Step();
        }

        Fourier.Inverse(_v, FourierOptions.Matlab);
        for (int n = 0; n < Points; n++)
        {
            state[n] = _v[n].Real;
        }
    }

    private void SetCoefficients(int n, double step, double scaled)
    {
        for (int j = 1; j <= ContourPoints; j++)
        {
            Complex z = scaled + Complex.Exp(Complex.ImaginaryOne * Math.PI * (j - 0.5) / ContourPoints), e = Complex.Exp(z), cube = z * z * z;
            double weight = step / ContourPoints;
            _q[n] += weight * ((Complex.Exp(z / 2) - 1) / z).Real;
            _f1[n] += weight * ((-4 - z + (e * (4 - (3 * z) + (z * z)))) / cube).Real;
            _f2[n] += weight * ((2 + z + (e * (z - 2))) / cube).Real;
            _f3[n] += weight * ((-4 - (3 * z) - (z * z) + (e * (4 - z))) / cube).Real;
        }
    }

    private void Step()
    {
        Nonlinear(_v, _nv);
        for (int n = 0; n < Points; n++)
        {
            _a[n] = (_half[n] * _v[n]) + (_q[n] * _nv[n]);
        }

        Nonlinear(_a, _na);
        for (int n = 0; n < Points; n++)
        {
            _b[n] = (_half[n] * _v[n]) + (_q[n] * _na[n]);
        }

        Nonlinear(_b, _nb);
        for (int n = 0; n < Points; n++)
        {
            _c[n] = (_half[n] * _a[n]) + (_q[n] * ((2 * _nb[n]) - _nv[n]));
        }

        Nonlinear(_c, _nc);
        for (int n = 0; n < Points; n++)
        {
            _v[n] = (_whole[n] * _v[n]) + (_f1[n] * _nv[n]) + (2 * _f2[n] * (_na[n] + _nb[n])) + (_f3[n] * _nc[n]);
        }
    }

    /// <summary>The transform of -(y^2 / 2)_x.</summary>
    private void Nonlinear(Complex[] v, Complex[] result)
    {
        v.CopyTo(_work, 0);
        Fourier.Inverse(_work, FourierOptions.Matlab);
        for (int n = 0; n < Points; n++)
        {
            result[n] = _work[n].Real * _work[n].Real;
        }

        Fourier.Forward(result, FourierOptions.Matlab);
        for (int n = 0; n < Points; n++)
        {
            result[n] *= new Complex(0, -_wave[n] / 2);
        }
    }
}
