/* ilgpubnn.h: Bayesian neural networks as surrogates of expensive simulations, from C and whatever can call C.
 *
 * Train on a table of runs, predict with uncertainties, save and load models. The CPU path of the .NET library IlgpuBnn, compiled ahead of time: no .NET is
 * needed where it runs. Model files are those of the library and of the command ilgpubnn.
 *
 * Build: dotnet publish src/IlgpuBnn.Native -c Release -r linux-x64   (needs clang or gcc as linker; any runtime identifier of .NET's native compiler will do)
 * Link:  cc program.c -L<folder> -lilgpubnn
 *
 * Conventions
 * - Tables are contiguous doubles, row by row, in raw units: inputs [rows][inputs], targets [rows][targets]. Inputs are finite; a missing target is NaN.
 *   They are read during the call alone; nothing keeps a pointer to them.
 * - Texts are zero-terminated UTF-8.
 * - A function that returns a pointer returns NULL if it fails, one that returns int a status other than 0. ilgpubnn_last_error then says in words what was
 *   found and what to do.
 * - Thread-safe, one model in several threads too; but for ilgpubnn_free, after which nobody may use the model.
 * - A process that was forked after a call must not make another: threads do not survive a fork. Start new processes instead.
 * - On x86-64 the library needs a processor with AVX2 (x86-64-v3), unless it was built with -p:IlcInstructionSet=x86-64-v2. On others it ends the process at
 *   the first call.
 */
#ifndef ILGPUBNN_H
#define ILGPUBNN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A trained model; opaque. */
typedef struct ilgpubnn_model ilgpubnn_model;

/* What kind of error a call of this thread met. */
enum ilgpubnn_status {
    ILGPUBNN_SUCCESS = 0,
    ILGPUBNN_INVALID_ARGUMENT = 1, /* an option, a value or a shape cannot be used */
    ILGPUBNN_MODEL_FILE = 2,       /* a model file could not be read or written */
    ILGPUBNN_CANCELLED = 3,        /* the progress callback stopped the training */
    ILGPUBNN_DIVERGED = 4,         /* a gradient was not finite: lower the step size, or look for extreme values */
    ILGPUBNN_MEMORY = 5,
    ILGPUBNN_BUG = 6               /* please report it, with the message */
};

/* Version of the library, such as "0.1.0". Never freed. */
const char *ilgpubnn_version(void);

/* Message of this thread's last call, empty if it succeeded; valid until the thread's next call. */
const char *ilgpubnn_last_error(void);

/* Status of this thread's last call. */
int ilgpubnn_last_status(void);

/* Told how far a training is, on the thread that called ilgpubnn_fit, about twenty times a second from the beginning; never after ilgpubnn_fit has returned.
 *   completed  iterations done or skipped
 *   total      iterations at most; 0 before the first have been done
 *   score      best validation or out-of-fold log score so far, higher is better; NaN before there is one
 *   context    as given to ilgpubnn_fit
 * Returns 0 to go on; anything else stops the training between two iterations, with ILGPUBNN_CANCELLED. */
typedef int (*ilgpubnn_progress)(int completed, int total, double score, void *context);

/* Trains a model on all cores. The same table, options and vector instructions give the same model, to the last bit.
 *   options   a JSON object, or NULL. All members may be left out or null; an unknown one is an error:
 *     "input_names", "target_names"  arrays of texts, distinct; default x1, x2, ... and y1, y2, ...
 *     "network"             hidden layers, e.g. "dense(20,silu) dense(50,tanh) skip", or "linear"; default "dense(20,silu) dense(50,silu)" (docs/command-line.md)
 *     "method"              "anchored" (default: an anchored ensemble, calibrated on out-of-fold rows), "svgd", "independent" or "deterministic"
 *     "particles"           networks in the ensemble; default 40
 *     "folds"               of an anchored ensemble; default 10
 *     "seed"                whole number; default 0
 *     "max_iterations", "batch_size", "step_size"  default: chosen by the method and the number of rows
 *     "optimizer"           "adam" (default), or "momentum": gradient descent with momentum, whose step size must suit the table
 *     "degrees_of_freedom"  of Student's t noise, such as 4, for outliers; default Gaussian noise
 *     "transforms"          object: target to "log", "sqrt", "logit", "yeo-johnson" or "none", the scale that it is learnt on
 *     "log_inputs"          array: inputs whose logarithm is used
 *     "categories"          array: inputs whose numbers only name a category
 *     "levels"              object: input to array of texts, of which its values are indices from 0: a category written as text
 *     "select_encodings"    false if out-of-fold rows must not choose transforms, logarithms and categories of other columns; default true
 *     "components"          "auto" or a number: learn principal components of hundreds of targets or more; default none
 *     "positive"            array: targets that are at least 0
 *     "limits"              object: target to [lower, upper], one of which may be null; predictions keep them exactly
 *     "monotone"            object: target to array of inputs that it never falls with, or, as "-frost", never rises with
 *     "sums"                array of [object of target to factor, total]: weighted sums of targets that are fixed, such as [{"sand": 1, "clay": 1}, 100]
 *     "groups"              array of rows whole numbers: rows with the same one are related, and stay together in folds
 *     "device"              "cpu" or "auto" (default), which is the CPU
 *   progress  NULL for none.
 * Returns a model to be freed with ilgpubnn_free; NULL for an error, or if it was stopped. */
ilgpubnn_model *ilgpubnn_fit(const double *inputs, const double *targets, int64_t rows, int input_count, int target_count, const char *options,
                             ilgpubnn_progress progress, void *context);

/* Reads a model file (.safetensors). To be freed with ilgpubnn_free. */
ilgpubnn_model *ilgpubnn_load(const char *path);

/* Writes a model file, whole or not at all. */
int ilgpubnn_save(ilgpubnn_model *model, const char *path);

/* A JSON object, to be freed with ilgpubnn_free_text:
 *   "inputs"   array, in the order of the inputs: "name", "smallest" and "largest" of the training rows, "encoding" ("numeric", "log" or "category"), and of a
 *              category "levels": numbers, or texts whose indices are the values
 *   "targets"  array, in the order of the targets: "name", "transform"
 *   "method", "network", "particles", "parameters", "seed", "training_rows", "validation_rows", "folds", "iterations", "kept_iteration", "stop_reason",
 *   "seconds", "notes"
 *   "scores"   null for a loaded model or one without unseen rows, otherwise "rows" ("out-of-fold" or "validation") and "targets": object by target of "r2",
 *              "rmse", "crps", "log_score", "coverage_95", each a number, or null where it is not defined */
char *ilgpubnn_describe(ilgpubnn_model *model);

/* Mean, standard deviation of a new measurement, and the part of it that is noise (aleatoric): each [rows][targets], raw units; NULL for what is not wanted.
 * The variance is the sum of the noise's and of the networks' disagreement: epistemic sd = sqrt(sd^2 - aleatoric_sd^2). */
int ilgpubnn_predict(ilgpubnn_model *model, const double *inputs, int64_t rows, int input_count, double *mean, double *sd, double *aleatoric_sd);

/* Quantiles of new measurements: [probabilities][rows][targets], raw units.
 *   probabilities  between 0 and 1, exclusive */
int ilgpubnn_quantiles(ilgpubnn_model *model, const double *inputs, int64_t rows, int input_count, const double *probabilities, int probability_count,
                       double *quantiles);

/* Draws from the predictive distribution: [count][rows][targets], raw units. Each draw is one network's function for all rows and targets, plus independent
 * noise. The same seed gives the same draws. */
int ilgpubnn_sample(ilgpubnn_model *model, const double *inputs, int64_t rows, int input_count, int count, int seed, double *draws);

/* Frees a model; nothing for NULL. */
void ilgpubnn_free(ilgpubnn_model *model);

/* Frees a text of ilgpubnn_describe; nothing for NULL. */
void ilgpubnn_free_text(char *text);

#ifdef __cplusplus
}
#endif

#endif
