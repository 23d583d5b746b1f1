using System.Globalization;
using IlgpuBnn.Data;

namespace IlgpuBnn.Export;

/// <summary>How C, C++ and Fortran call an exported <see cref="CSource"/>, and what its numbers are.</summary>
internal static class CHeaders
{
    private const int MaxLevels = 40;

    public static string C(ExportedModel model, string name)
    {
        string guard = $"{name.ToUpperInvariant()}_H";
        return $$"""
            /* {{name}}.h: a surrogate with uncertainties, {{model.Particles}} networks. Written by {{ExportedModel.Producer}}.

            {{Describe(model, "   ", first: 0)}}

               Nothing is allocated or kept between calls: any number of threads may call at once. Inputs are not checked: what is not finite, or a logarithm of 0
               or less, gives no meaningful prediction. Arrays must not overlap. */
            #ifndef {{guard}}
            #define {{guard}}

            #include <stddef.h>

            #define {{name.ToUpperInvariant()}}_INPUTS {{model.Inputs}}
            #define {{name.ToUpperInvariant()}}_TARGETS {{model.Targets}}

            #ifdef __cplusplus
            extern "C" {
            #endif

            /* One row: inputs [INPUTS]; mean, sd of a new measurement and aleatoric_sd, its part from noise, [TARGETS] each, in the targets' own units. */
            void {{name}}_predict(const double *inputs, double *mean, double *sd, double *aleatoric_sd);

            /* Many rows: inputs [rows][INPUTS]; results [rows][TARGETS]. */
            void {{name}}_predict_rows(size_t rows, const double *inputs, double *mean, double *sd, double *aleatoric_sd);

            /* How many inputs of a row lie outside the range of the training rows, where the surrogate extrapolates. */
            int {{name}}_outside(const double *inputs);

            #ifdef __cplusplus
            }
            #endif

            #endif

            """.ReplaceLineEndings("\n");
    }

    public static string Fortran(ExportedModel model, string name) => $$"""
        ! {{name}}_module.f90: calls of {{name}}.c, a surrogate with uncertainties, {{model.Particles}} networks. Written by {{ExportedModel.Producer}}.
        !
        {{Describe(model, "! ", first: 1)}}
        !
        ! Inputs are not checked: what is not finite, or a logarithm of 0 or less, gives no meaningful prediction.
        module {{name}}_module
          use, intrinsic :: iso_c_binding, only: c_double, c_int, c_size_t
          implicit none
          private
          public :: {{name}}_predict, {{name}}_predict_rows, {{name}}_outside

          integer, parameter, public :: {{name}}_inputs = {{model.Inputs}}
          integer, parameter, public :: {{name}}_targets = {{model.Targets}}

          interface
            ! One row: mean, sd of a new measurement and aleatoric_sd, its part from noise, in the targets' own units.
            pure subroutine {{name}}_predict(inputs, mean, sd, aleatoric_sd) bind(c, name="{{name}}_predict")
              import :: c_double, {{name}}_inputs, {{name}}_targets
              real(c_double), intent(in) :: inputs({{name}}_inputs)
              real(c_double), intent(out) :: mean({{name}}_targets), sd({{name}}_targets), aleatoric_sd({{name}}_targets)
            end subroutine

            ! Many rows, a column each.
            pure subroutine {{name}}_predict_rows(rows, inputs, mean, sd, aleatoric_sd) bind(c, name="{{name}}_predict_rows")
              import :: c_double, c_size_t, {{name}}_inputs, {{name}}_targets
              integer(c_size_t), value, intent(in) :: rows
              real(c_double), intent(in) :: inputs({{name}}_inputs, rows)
              real(c_double), intent(out) :: mean({{name}}_targets, rows)
              real(c_double), intent(out) :: sd({{name}}_targets, rows)
              real(c_double), intent(out) :: aleatoric_sd({{name}}_targets, rows)
            end subroutine

            ! How many inputs of a row lie outside the range of the training rows, where the surrogate extrapolates.
            pure function {{name}}_outside(inputs) bind(c, name="{{name}}_outside") result(count)
              import :: c_double, c_int, {{name}}_inputs
              real(c_double), intent(in) :: inputs({{name}}_inputs)
              integer(c_int) :: count
            end function
          end interface
        end module

        """.ReplaceLineEndings("\n");

    /// <summary>Inputs and targets, a line each.</summary>
    /// <param name="first">Index of the first element of an array.</param>
    private static string Describe(ExportedModel model, string margin, int first)
    {
        InputRange range = model.Encoding.Range;
        IEnumerable<string> inputs = model.Encoding.InputNames.Select((name, i) => $"  {i + first}: {CText.Comment(name)}, {model.Encoding.Inputs[i] switch
        {
            CategoryEncoding category => $"one of {Levels(category)}",
            LogEncoding => $"{Number(range.Smallest[i])} to {Number(range.Largest[i])}; above 0",
            _ => $"{Number(range.Smallest[i])} to {Number(range.Largest[i])}",
        }}");
        IEnumerable<string> targets = model.Ensemble.TargetNames.Select((name, o) => $"  {o + first}: {CText.Comment(name)}");
        string[] lines = ["Inputs, and their ranges in the training:", .. inputs, "Targets:", .. targets];
        return string.Join('\n', lines.Select(line => margin + line));
    }

    private static string Levels(CategoryEncoding category) => string.Join(", ", category.Levels.Take(MaxLevels).Select((level, k) => category.Texts is { } texts
        ? $"{Number(level)} = {CText.Comment(texts[k])}" : Number(level))) + (category.Levels.Count > MaxLevels ? ", ..." : "");

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
