namespace FlowEmulator;

/// <summary>
/// Velocity of a glacier by the shallow shelf approximation: membrane stresses of Glen's law (n = 3) balance the driving stress and a drag that is proportional to velocity
/// (MacAyeal 1989). Linear finite elements; the viscosity by fixed-point iteration, each step by conjugate gradients. Ice-free ground holds the margin. Not thread-safe.
/// </summary>
internal sealed class ShallowShelf
{
    /// <summary>Of ice near its melting point, 1/(MPa^3 a).</summary>
    public const double RateFactor = 78;

    /// <summary>Of ice times gravity, MPa/m.</summary>
    public const double Weight = 910 * 9.81e-6;

    private const int N = Glacier.Points;
    private const double RegularStrain = 1e-4, Tolerance = 1e-6, InnerTolerance = 0.03;
    private const int MostSteps = 200, MostInner = 400;

    // The corners of the four triangles of a cell, right angle first; both ways of cutting it count half.
    private static readonly (int Right, int X, int Y)[] _triangles = [(0, 1, N), (1, 0, N + 1), (N, N + 1, 0), (N + 1, N, 1)];

    private readonly double[] _viscous = new double[(N - 1) * (N - 1) * 4], _drag = new double[N * N], _diagonal = new double[2 * N * N];
    private readonly double[] _thickness = new double[N * N], _load = new double[2 * N * N], _residual = new double[2 * N * N];
    private readonly double[] _search = new double[2 * N * N], _product = new double[2 * N * N];
    private readonly bool[] _ice = new bool[N * N];

    /// <summary>Fixed-point steps of the last solution.</summary>
    public int Steps { get; private set; }

    /// <summary>Velocities, m/a, [row, column]; 0 without ice.</summary>
    /// <exception cref="InvalidOperationException">It did not converge.</exception>
    public (double[,] X, double[,] Y) Solve(Glacier glacier)
    {
        Read(glacier);
        var velocity = new double[2 * N * N];
        for (Steps = 0; Steps < MostSteps; Steps++)
        {
            Assemble(velocity);
            double residual = Residual(velocity);
            if (residual <= Tolerance * Norm(_load))
            {
                return (Table(velocity, 0), Table(velocity, N * N));
            }

            Improve(velocity, InnerTolerance * residual);
        }

        throw new InvalidOperationException($"The glacier's flow did not converge in {MostSteps} steps.");
    }

    private void Read(Glacier glacier)
    {
        const double area = Glacier.Spacing * Glacier.Spacing;
        for (int k = 0; k < N * N; k++)
        {
            (int row, int column) = (k / N, k % N);
            _ice[k] = glacier.HasIce(row, column);
            _thickness[k] = glacier.Thickness[row, column];
            _drag[k] = glacier.Friction[row, column] * area;
            double stress = _ice[k] ? -Weight * _thickness[k] * area : 0;
            (_load[k], _load[(N * N) + k]) = (stress * glacier.SlopeX[row, column], stress * glacier.SlopeY[row, column]);
        }
    }

    /// <summary>Viscosity times thickness of each triangle for the strain at hand, and the diagonal of the system.</summary>
    private void Assemble(double[] velocity)
    {
        for (int k = 0; k < N * N; k++)
        {
            _diagonal[k] = _diagonal[(N * N) + k] = _drag[k];
        }

        ForTriangles((at, right, x, y, toX, toY) =>
        {
            double thickness = (_thickness[right] + _thickness[x] + _thickness[y]) / 3;
            double ux = (velocity[x] - velocity[right]) * toX, uy = (velocity[y] - velocity[right]) * toY;
            double vx = (velocity[(N * N) + x] - velocity[(N * N) + right]) * toX, vy = (velocity[(N * N) + y] - velocity[(N * N) + right]) * toY;
            double strain = (ux * ux) + (vy * vy) + (ux * vy) + ((uy + vx) * (uy + vx) / 4) + (RegularStrain * RegularStrain);

            // Half of a cell's half: area spacing^2 / 4; derivatives have 1 / spacing^2.
            double own = _viscous[at] = 0.25 * thickness * 0.5 * Math.Pow(RateFactor, -1.0 / 3) * Math.Pow(strain, -1.0 / 3);
            foreach (int offset in (ReadOnlySpan<int>)[0, N * N])
            {
                _diagonal[offset + right] += 5 * own;
                _diagonal[offset + x] += offset == 0 ? 4 * own : own;
                _diagonal[offset + y] += offset == 0 ? own : 4 * own;
            }
        });
    }

    /// <summary>The system times a velocity, where there is ice.</summary>
    private void Apply(double[] velocity, double[] result)
    {
        for (int k = 0; k < N * N; k++)
        {
            (result[k], result[(N * N) + k]) = (_drag[k] * velocity[k], _drag[k] * velocity[(N * N) + k]);
        }

        for (int at = 0; at < _viscous.Length; at++)
        {
            double own = _viscous[at];
            if (own == 0)
            {
                continue;
            }

            int cell = at / 4, corner = (cell / (N - 1) * N) + (cell % (N - 1));
            (int right, int x, int y) = (_triangles[at % 4].Right + corner, _triangles[at % 4].X + corner, _triangles[at % 4].Y + corner);
            int sx = x > right ? 1 : -1, sy = y > right ? 1 : -1;
            double ux = (velocity[x] - velocity[right]) * sx, uy = (velocity[y] - velocity[right]) * sy;
            double vx = (velocity[(N * N) + x] - velocity[(N * N) + right]) * sx, vy = (velocity[(N * N) + y] - velocity[(N * N) + right]) * sy;
            double xx = own * ((4 * ux) + (2 * vy)) * sx, yy = own * ((4 * vy) + (2 * ux)) * sy, xy = own * (uy + vx);
            result[x] += xx;
            result[y] += xy * sy;
            result[right] -= xx + (xy * sy);
            result[(N * N) + x] += xy * sx;
            result[(N * N) + y] += yy;
            result[(N * N) + right] -= yy + (xy * sx);
        }

        for (int k = 0; k < result.Length; k++)
        {
            result[k] = _ice[k % (N * N)] ? result[k] : 0;
        }
    }

    /// <summary>Sets the residual, and gives its size.</summary>
    private double Residual(double[] velocity)
    {
        Apply(velocity, _residual);
        for (int k = 0; k < _residual.Length; k++)
        {
            _residual[k] = _load[k] - _residual[k];
        }

        return Norm(_residual);
    }

    /// <summary>Conjugate gradients for the viscosity at hand, from a velocity with its residual on.</summary>
    private void Improve(double[] velocity, double tolerance)
    {
        double before = 0;
        for (int step = 0; step < MostInner && Norm(_residual) > tolerance; step++)
        {
            double size = 0;
            for (int k = 0; k < _residual.Length; k++)
            {
                size += _residual[k] * _residual[k] / _diagonal[k];
            }

            for (int k = 0; k < _search.Length; k++)
            {
                _search[k] = (_residual[k] / _diagonal[k]) + (step == 0 ? 0 : size / before * _search[k]);
            }

            Apply(_search, _product);
            double length = 0;
            for (int k = 0; k < _search.Length; k++)
            {
                length += _search[k] * _product[k];
            }

            for (int k = 0; k < velocity.Length; k++)
            {
                velocity[k] += size / length * _search[k];
                _residual[k] -= size / length * _product[k];
            }

            before = size;
        }
    }

    private delegate void Visitor(int at, int right, int x, int y, double toX, double toY);

    private static void ForTriangles(Visitor visit)
    {
        for (int at = 0; at < (N - 1) * (N - 1) * 4; at++)
        {
            int cell = at / 4, corner = (cell / (N - 1) * N) + (cell % (N - 1));
            (int right, int x, int y) = (_triangles[at % 4].Right + corner, _triangles[at % 4].X + corner, _triangles[at % 4].Y + corner);
            visit(at, right, x, y, (x > right ? 1 : -1) / Glacier.Spacing, (y > right ? 1 : -1) / Glacier.Spacing);
        }
    }

    private static double Norm(double[] vector) => Math.Sqrt(vector.Sum(value => value * value));

    private static double[,] Table(double[] vector, int from)
    {
        var table = new double[N, N];
        for (int k = 0; k < N * N; k++)
        {
            table[k / N, k % N] = vector[from + k];
        }

        return table;
    }
}
