namespace IlgpuBnn.Prediction;

/// <summary>
/// Which scales of a field a prediction gets right: power of the observed fields and of the errors of the predicted mean, by frequency (series) or radial wavenumber (grids).
/// </summary>
/// <remarks>
/// Observed fields are taken as deviations from their mean over the rows at each position, so that error / true is 1 - R2 at a scale, and over all scales of a periodic
/// field 1 - R2 of all positions together. Fields that are not periodic take Hann's window. The ratio is the spectral noise-to-signal ratio of Ballarotta et al. (2019, "On
/// the resolutions of ocean altimetry maps", Ocean Science 15, 1091-1109), and the effective resolution is theirs: the wavelength at which it reaches one half.
/// </remarks>
public sealed class FieldSpectrum
{
    private const double Unresolved = 0.5;
    private const int RowsAtOnce = 32;

    private FieldSpectrum(TargetField field, int rows, int wavenumbers)
    {
        (Field, Rows) = (field, rows);
        (True, Error, Epistemic, Noise) = (new double[wavenumbers], new double[wavenumbers], new double[wavenumbers], new double[wavenumbers]);
    }

    /// <summary>The field.</summary>
    public TargetField Field { get; }

    /// <summary>Rows with a value at every position, over which spectra are averaged; at least 2.</summary>
    public int Rows { get; }

    /// <summary>
    /// [wavenumber] from 0, the field's mean, in cycles over <see cref="TargetField.Length"/> steps of the grid: power of the observed fields, raw units squared. Their sum is
    /// the mean square. Of a grid those above half that length are of its diagonals alone.
    /// </summary>
    public double[] True { get; }

    /// <summary>[wavenumber]: power of the errors of the predicted mean.</summary>
    public double[] Error { get; }

    /// <summary>[wavenumber]: power of the errors that disagreement of the networks tells of.</summary>
    public double[] Epistemic { get; }

    /// <summary>[wavenumber]: power of the model's noise, which is independent at each position: alike in all modes.</summary>
    public double[] Noise { get; }

    /// <summary>The largest wavenumber along an axis, of two steps of the grid.</summary>
    public int Nyquist => Field.Length / 2;

    /// <summary>Error power over true power of the field's mean.</summary>
    public double MeanShare => Error[0] / True[0];

    /// <summary>Error power over true power in a third of the wavenumbers up to <see cref="Nyquist"/>.</summary>
    /// <param name="third">0 for the lowest wavenumbers, the largest scales; 2 for the highest, with the diagonals beyond.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="third"/> is not 0, 1 or 2.</exception>
    public double Share(int third)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(third);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(third, 2);
        int from = 1 + (Nyquist * third / 3), to = third == 2 ? True.Length : 1 + (Nyquist * (third + 1) / 3);
        return Error[from..to].Sum() / True[from..to].Sum();
    }

    /// <summary>Runs of wavenumbers from 1 at which the errors have more power than the observed fields: what a prediction there adds is worse than nothing.</summary>
    public IReadOnlyList<(int First, int Last)> Lost
    {
        get
        {
            List<(int First, int Last)> runs = [];

            // Rounding is no error.
            double rounding = 1e-12 * True.Sum();
            for (int k = 1; k < True.Length; k++)
            {
                if (!(Error[k] > True[k] + rounding))
                {
                    continue;
                }

                if (runs.Count > 0 && runs[^1].Last == k - 1)
                {
                    runs[^1] = (runs[^1].First, k);
                }
                else
                {
                    runs.Add((k, k));
                }
            }

            return runs;
        }
    }

    /// <summary>
    /// Wavelength in steps of the grid of the shortest wave of which the error has less than half of the true power, linear between it and the next one; 2, the grid's own,
    /// where that is the last; infinite where not even the longest wave is resolved.
    /// </summary>
    public double EffectiveResolution
    {
        get
        {
            int last = Nyquist;
            while (last >= 1 && !(Ratio(last) < Unresolved))
            {
                last--;
            }

            if (last == Nyquist || last == 0)
            {
                return last == 0 ? double.PositiveInfinity : 2;
            }

            // The next scale has an infinite ratio where it has no true power.
            double part = double.IsFinite(Ratio(last + 1)) ? (Unresolved - Ratio(last)) / (Ratio(last + 1) - Ratio(last)) : 0;
            return Field.Length / (last + part);

            double Ratio(int k) => Error[k] / True[k];
        }
    }

    /// <summary>Spectra of those of the fields that have any: see <see cref="Evaluate(PredictiveDistribution, double[,], TargetField)"/>.</summary>
    /// <param name="prediction">Of all rows.</param>
    /// <param name="targets">Observed values of all targets, [row, target], raw units; NaN if missing.</param>
    /// <param name="fields">Of these targets, such as <see cref="BayesianNetwork.TargetFields"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="targets"/> is not [row, target].</exception>
    public static IReadOnlyList<FieldSpectrum> Evaluate(PredictiveDistribution prediction, double[,] targets, IReadOnlyList<TargetField> fields) =>
        [.. fields.Select(field => Evaluate(prediction, targets, field)).OfType<FieldSpectrum>()];

    /// <summary>Spectra of a field over the rows with all its values.</summary>
    /// <param name="prediction">Of all rows.</param>
    /// <param name="targets">Observed values of all targets, [row, target], raw units; NaN if missing.</param>
    /// <param name="field">Of these targets.</param>
    /// <returns>Null if fewer than two rows are complete, or all of them are the same.</returns>
    /// <exception cref="ArgumentException"><paramref name="targets"/> is not [row, target].</exception>
    public static FieldSpectrum? Evaluate(PredictiveDistribution prediction, double[,] targets, TargetField field)
    {
        prediction.RequireTargets(targets);
        int[] rows = [.. Enumerable.Range(0, prediction.RowCount).Where(row => field.Targets.All(target => !double.IsNaN(targets[row, target])))];
        if (rows.Length < 2 || !field.Targets.Any(target => rows.Any(row => targets[row, target] != targets[rows[0], target])))
        {
            return null;
        }

        double[] means = [.. field.Targets.Select(target => rows.Average(row => targets[row, target]))];
        FieldSpectrum[] parts = [.. rows.Chunk(RowsAtOnce).Select(own => new FieldSpectrum(field, own.Length, PowerSpectrum.CountOf(field)))];
        Parallel.For(0, parts.Length, part => parts[part].Add(prediction, targets, means, rows.AsSpan(part * RowsAtOnce, parts[part].Rows)));
        return Mean(parts, rows.Length);
    }

    /// <summary>Sums over rows.</summary>
    private void Add(PredictiveDistribution prediction, double[,] targets, double[] means, ReadOnlySpan<int> rows)
    {
        var power = new PowerSpectrum(Field);
        double[] values = new double[means.Length];
        foreach (int row in rows)
        {
            power.Add(Values((target, n) => targets[row, target] - means[n]), True);
            power.Add(Values((target, _) => targets[row, target] - prediction.Mean[row, target]), Error);
            power.AddNoise(Values((target, _) => prediction.AleatoricVariance[row, target]), Noise);
            AddEpistemic(prediction, row, power);
        }

        double[] Values(Func<int, int, double> value)
        {
            for (int n = 0; n < values.Length; n++)
            {
                values[n] = value(Field.Targets[n], n);
            }

            return values;
        }
    }

    private void AddEpistemic(PredictiveDistribution prediction, int row, PowerSpectrum power)
    {
        int particles = prediction.ParticleCount;
        double[] mean = new double[Field.Targets.Count], deviations = new double[mean.Length], next = new double[mean.Length], own = new double[Epistemic.Length];
        for (int n = 0; n < mean.Length; n++)
        {
            for (int particle = 0; particle < particles; particle++)
            {
                mean[n] += prediction.ParticleOutputs[particle, row, Field.Targets[n]] / particles;
            }
        }

        for (int particle = 0; particle < particles; particle += 2)
        {
            Deviate(particle, deviations);
            bool isPair = particle + 1 < particles;
            if (isPair)
            {
                Deviate(particle + 1, next);
            }

            power.Add(deviations, isPair ? next : default, own);
        }

        for (int k = 0; k < own.Length; k++)
        {
            Epistemic[k] += own[k] / particles;
        }

        void Deviate(int particle, double[] values)
        {
            for (int n = 0; n < mean.Length; n++)
            {
                values[n] = prediction.ParticleOutputs[particle, row, Field.Targets[n]] - mean[n];
            }
        }
    }

    /// <summary>In the order of the parts, so that no digit depends on the processors.</summary>
    private static FieldSpectrum Mean(FieldSpectrum[] parts, int rows)
    {
        var mean = new FieldSpectrum(parts[0].Field, rows, parts[0].True.Length);
        foreach (FieldSpectrum part in parts)
        {
            for (int k = 0; k < mean.True.Length; k++)
            {
                mean.True[k] += part.True[k] / rows;
                mean.Error[k] += part.Error[k] / rows;
                mean.Noise[k] += part.Noise[k] / rows;
                mean.Epistemic[k] += part.Epistemic[k] / rows;
            }
        }

        return mean;
    }
}
