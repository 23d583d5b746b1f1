using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace Physics;

/// <summary>
/// Two-dimensional incompressible Navier-Stokes equations on a periodic square of side 2 pi, w_t + u . grad w = (1 / Re) laplace w with u = (psi_y, -psi_x) and
/// laplace psi = -w: Fourier modes, products on the grid without aliases (two thirds of the modes are kept), Runge and Kutta's steps of fourth order.
/// </summary>
internal sealed class NavierStokes(int size, double reynolds)
{
    private readonly Complex[] _vorticity = new Complex[size * size];

    /// <summary>Stream function of random phases, energy falling as k^-3 up to wavenumber 6, scaled to the standard deviation 1.</summary>
    /// <returns>[row, column].</returns>
    public static double[] RandomStreamFunction(int size, int seed)
    {
        const int highest = 6;
        var random = new Random(seed);
        var psi = new double[size * size];
        for (int ky = 0; ky <= highest; ky++)
        {
            for (int kx = ky == 0 ? 1 : -highest; kx <= highest; kx++)
            {
                double k = Math.Sqrt((kx * kx) + (ky * ky)), phase = 2 * Math.PI * random.NextDouble();
                for (int n = 0; k <= highest && n < psi.Length; n++)
                {
                    psi[n] += Math.Pow(k, -3) * Math.Cos((2 * Math.PI * ((kx * (n % size)) + (ky * (n / size))) / size) + phase);
                }
            }
        }

        double sd = Math.Sqrt(psi.Average(own => own * own));
        return [.. psi.Select(own => own / sd)];
    }

    /// <param name="psi">Stream function at the beginning, [row, column].</param>
    public void Start(double[] psi)
    {
        Complex[] modes = Modes(psi);
        for (int n = 0; n < modes.Length; n++)
        {
            _vorticity[n] = IsKept(n) ? Squared(n) * modes[n] : 0;
        }
    }

    public void Run(double time, int steps)
    {
        double dt = time / steps;
        for (int step = 0; step < steps; step++)
        {
            Complex[] first = Rate(_vorticity), second = Rate(Plus(first, dt / 2)), third = Rate(Plus(second, dt / 2)), fourth = Rate(Plus(third, dt));
            for (int n = 0; n < _vorticity.Length; n++)
            {
                _vorticity[n] += dt / 6 * (first[n] + (2 * second[n]) + (2 * third[n]) + fourth[n]);
            }
        }
    }

    /// <summary>[row, column].</summary>
    public double[] StreamFunction() => Values(n => Squared(n) == 0 ? 0 : _vorticity[n] / Squared(n));

    /// <summary>[row, column].</summary>
    public double[] Vorticity() => Values(n => _vorticity[n]);

    /// <summary>Energy by wavenumber, sum over a shell of k^2 |psi_k|^2 / 2, of a stream function on a grid of side 2 pi.</summary>
    /// <param name="psi">[row, column].</param>
    /// <returns>[wavenumber], from 0, below half of <paramref name="size"/>.</returns>
    public static double[] Energy(double[] psi, int size)
    {
        Complex[] modes = [.. psi.Select(own => new Complex(own, 0))];
        Transform(modes, size, inverse: false);
        var energy = new double[size / 2];
        for (int n = 0; n < modes.Length; n++)
        {
            double squared = Squared(n, size), power = modes[n].Magnitude / modes.Length;
            int shell = (int)Math.Round(Math.Sqrt(squared));
            if (shell < energy.Length)
            {
                energy[shell] += squared * power * power / 2;
            }
        }

        return energy;
    }

    private Complex[] Plus(Complex[] rate, double times) => [.. _vorticity.Select((own, n) => own + (times * rate[n]))];

    private Complex[] Rate(Complex[] vorticity)
    {
        double[] eastwards = Values(n => Squared(n) == 0 ? 0 : Complex.ImaginaryOne * Ky(n) * vorticity[n] / Squared(n));
        double[] northwards = Values(n => Squared(n) == 0 ? 0 : -Complex.ImaginaryOne * Kx(n) * vorticity[n] / Squared(n));
        double[] alongX = Values(n => Complex.ImaginaryOne * Kx(n) * vorticity[n]), alongY = Values(n => Complex.ImaginaryOne * Ky(n) * vorticity[n]);
        Complex[] advection = Modes([.. eastwards.Select((own, n) => (own * alongX[n]) + (northwards[n] * alongY[n]))]);
        return [.. vorticity.Select((own, n) => IsKept(n) ? -advection[n] - (Squared(n) / reynolds * own) : 0)];
    }

    private double[] Values(Func<int, Complex> mode)
    {
        Complex[] values = [.. Enumerable.Range(0, size * size).Select(mode)];
        Transform(values, size, inverse: true);
        return [.. values.Select(own => own.Real)];
    }

    private Complex[] Modes(double[] values)
    {
        Complex[] modes = [.. values.Select(own => new Complex(own / values.Length, 0))];
        Transform(modes, size, inverse: false);
        return modes;
    }

    /// <summary>Rows, then columns.</summary>
    private static void Transform(Complex[] values, int size, bool inverse)
    {
        var line = new Complex[size];
        for (int way = 0; way < 2; way++)
        {
            for (int k = 0; k < size; k++)
            {
                for (int n = 0; n < size; n++)
                {
                    line[n] = values[way == 0 ? (k * size) + n : (n * size) + k];
                }

                if (inverse)
                {
                    Fourier.Inverse(line, FourierOptions.NoScaling);
                }
                else
                {
                    Fourier.Forward(line, FourierOptions.NoScaling);
                }

                for (int n = 0; n < size; n++)
                {
                    values[way == 0 ? (k * size) + n : (n * size) + k] = line[n];
                }
            }
        }
    }

    private bool IsKept(int n) => 3 * Math.Max(Math.Abs(Kx(n)), Math.Abs(Ky(n))) < size;

    private int Kx(int n) => Signed(n % size, size);

    private int Ky(int n) => Signed(n / size, size);

    private double Squared(int n) => Squared(n, size);

    private static double Squared(int n, int size) => Math.Pow(Signed(n % size, size), 2) + Math.Pow(Signed(n / size, size), 2);

    private static int Signed(int k, int size) => k > size / 2 ? k - size : k;
}
