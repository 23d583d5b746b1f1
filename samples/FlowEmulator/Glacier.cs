namespace FlowEmulator;

/// <summary>A glacier on a square grid: what its flow follows from. All fields are [row, column], rows along y.</summary>
/// <param name="Thickness">m; 0 without ice.</param>
/// <param name="SlopeX">Of the surface.</param>
/// <param name="SlopeY">Of the surface.</param>
/// <param name="Friction">MPa a/m: basal drag per velocity.</param>
internal sealed record Glacier(double[,] Thickness, double[,] SlopeX, double[,] SlopeY, double[,] Friction)
{
    /// <summary>Points along each side.</summary>
    public const int Points = 32;

    /// <summary>Distance of points, m.</summary>
    public const double Spacing = 500;

    private const int Waves = 6;

    public bool HasIce(int row, int column) => Thickness[row, column] > 0;

    /// <summary>
    /// An ice body of random outline on a random slope: an ellipse of 4 to 7 km, perturbed, up to 150 to 400 m thick, surface slopes of 0.03 to 0.1 with undulations, and friction
    /// that varies about fivefold from place to place.
    /// </summary>
    /// <param name="slipperiness">Divides all friction: glaciers as they come have 1.</param>
    public static Glacier Draw(Random random, double slipperiness = 1)
    {
        double middle = (Points - 1) / 2.0, turn = Math.PI * random.NextDouble(), steepest = 2 * Math.PI * random.NextDouble();
        double along = Between(random, 10, 14), across = Between(random, 8, 11), thickest = Between(random, 150, 400), slope = Between(random, 0.03, 0.1);
        double logFriction = Math.Log(0.003 / slipperiness) + Between(random, -0.7, 0.7);
        double[,] outline = Field(random, 0.15, 1.5), thickness = Field(random, 0.2, 3), slips = Field(random, 0.5, 3);
        double[,] surface = Field(random, 12, 3);
        double[,] slopeX = new double[Points, Points], slopeY = new double[Points, Points], friction = new double[Points, Points];
        for (int row = 0; row < Points; row++)
        {
            for (int column = 0; column < Points; column++)
            {
                double x = column - middle, y = row - middle;
                double u = ((x * Math.Cos(turn)) + (y * Math.Sin(turn))) / along, v = ((y * Math.Cos(turn)) - (x * Math.Sin(turn))) / across;
                double inside = 1 - (((u * u) + (v * v)) * (1 + outline[row, column]));
                bool edge = row == 0 || column == 0 || row == Points - 1 || column == Points - 1;
                thickness[row, column] = inside <= 0 || edge ? 0 : thickest * Math.Sqrt(inside) * (1 + thickness[row, column]);
                slopeX[row, column] = (slope * Math.Cos(steepest)) + Difference(surface, row, column, 0, 1);
                slopeY[row, column] = (slope * Math.Sin(steepest)) + Difference(surface, row, column, 1, 0);
                friction[row, column] = Math.Exp(logFriction + slips[row, column]);
            }
        }

        return new Glacier(thickness, slopeX, slopeY, friction);
    }

    /// <summary>Waves of random direction and phase: a smooth random field of mean 0.</summary>
    /// <param name="sd">About.</param>
    /// <param name="mostWaves">Along the side.</param>
    private static double[,] Field(Random random, double sd, double mostWaves)
    {
        var field = new double[Points, Points];
        for (int wave = 0; wave < Waves; wave++)
        {
            double kx = Between(random, -mostWaves, mostWaves), ky = Between(random, -mostWaves, mostWaves), phase = 2 * Math.PI * random.NextDouble();
            for (int k = 0; k < field.Length; k++)
            {
                double angle = (2 * Math.PI * (((k % Points) * kx) + (k / Points * ky)) / Points) + phase;
                field[k / Points, k % Points] += sd * Math.Sqrt(2.0 / Waves) * Math.Cos(angle);
            }
        }

        return field;
    }

    /// <summary>Of a field, per m.</summary>
    private static double Difference(double[,] field, int row, int column, int down, int right)
    {
        int above = Math.Max(row - down, 0), below = Math.Min(row + down, Points - 1), left = Math.Max(column - right, 0), beyond = Math.Min(column + right, Points - 1);
        return (field[below, beyond] - field[above, left]) / (Spacing * (below - above + beyond - left));
    }

    private static double Between(Random random, double low, double high) => low + ((high - low) * random.NextDouble());
}
