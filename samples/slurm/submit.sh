#!/bin/bash
# Submits an ensemble as a job array, and the job that merges it. See README.md for the variables.
set -euo pipefail
export DATA="${DATA:?Name the table of runs: DATA=runs.csv}" TARGETS="${TARGETS:?Name the columns to predict: TARGETS=yield}"
export OPTIONS="${OPTIONS:-}" READING="${READING:-}" PARTICLES="${PARTICLES:-160}" SHARDS="${SHARDS:-16}" ITERATIONS="${ITERATIONS:-}" FOLDER="${FOLDER:-ensemble}"
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$FOLDER"

after=()
if [ -z "$ITERATIONS" ]; then
    pilot=$(sbatch --parsable "$here/pilot.sbatch")
    after=("--dependency=afterok:${pilot%%;*}")
fi

array=$(sbatch --parsable "${after[@]}" --array="0-$((SHARDS - 1))" "$here/train.sbatch")
merge=$(sbatch --parsable --dependency="afterok:${array%%;*}" "$here/merge.sbatch")
echo "Shards: job ${array%%;*}; model: job ${merge%%;*}, $FOLDER/model.safetensors."
