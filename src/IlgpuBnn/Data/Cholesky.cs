using System.Runtime.CompilerServices;

namespace IlgpuBnn.Data;

/// <summary>Cholesky factors in double precision, of vector loops.</summary>
internal static class Cholesky
{
    /// <summary>Replaces a matrix by its lower triangular factor.</summary>
    /// <param name="matrix">[row, column] with rows of <paramref name="stride"/>; only the lower triangle is read and written.</param>
    /// <param name="damping">Added to the diagonal.</param>
    /// <returns>False if the damped matrix is not positive definite.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Factorise(Span<double> matrix, int width, int stride, double damping = 0)
    {
        for (int a = 0; a < width; a++)
        {
            Span<double> own = matrix.Slice(a * stride, a + 1);
            for (int b = 0; b < a; b++)
            {
                own[b] = (own[b] - Doubles.Product(own[..b], matrix.Slice(b * stride, b))) / matrix[(b * stride) + b];
            }

            double square = own[a] + damping - Doubles.Product(own[..a], own[..a]);
            if (!(square > 0))
            {
                return false;
            }

            own[a] = Math.Sqrt(square);
        }

        return true;
    }
}
