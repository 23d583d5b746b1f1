"""Makes the files of this folder: apt install python3-netcdf4 python3-h5py; /usr/bin/python3 make.py"""
import h5py
import netCDF4
import numpy as np

FORMATS = {
    "runs-classic.nc": "NETCDF3_CLASSIC",
    "runs-64bit-offset.nc": "NETCDF3_64BIT_OFFSET",
    "runs-cdf5.nc": "NETCDF3_64BIT_DATA",
    "runs-netcdf4.nc": "NETCDF4",
    "runs-netcdf4-classic.nc": "NETCDF4_CLASSIC",
}
MEMBERS, LAYERS = 5, 2


def write(name, kind):
    with netCDF4.Dataset(name, "w", format=kind) as file:
        # Where members are records, they come first, and records of all variables in turn.
        records = kind in ("NETCDF3_CLASSIC", "NETCDF4")
        file.createDimension("member", None if records else MEMBERS)
        file.createDimension("layer", LAYERS)
        file.createDimension("month", 3)
        file.createDimension("letters", 4)
        layer = file.createVariable("layer", "f4", ("layer",))
        layer[:] = [0.5, 1.5]
        member = file.createVariable("member", "i4", ("member",))
        rain = file.createVariable("rain", "f8", ("member",))
        rain.units = "mm"
        count = file.createVariable("count", "i2", ("member",))
        packed = file.createVariable("packed", "i2", ("member", "layer"), fill_value=np.int16(-999))
        packed.scale_factor = 0.5
        packed.add_offset = 10.0
        packed.units = "K"
        gpp = file.createVariable("GPP", "f4", ("member", "month", "layer") if records else ("month", "member", "layer"), fill_value=np.float32(1e36))
        gpp.missing_value = np.array([-1.0, -2.0], "f4")
        site = file.createVariable("site", "S1", ("member", "letters"))
        for variable in file.variables.values():
            variable.set_auto_maskandscale(False)
        member[:] = np.arange(MEMBERS)
        rain[:] = [1.5, 2.5, 3.25, np.nan, 5]
        count[:] = [3, -4, 32767, 6, -32767]
        packed[:] = [[0, 1], [2, -999], [4, 5], [6, 7], [-8, 9]]
        values = np.arange(3 * MEMBERS * LAYERS, dtype="f4").reshape(3, MEMBERS, LAYERS) / 4
        values[0, 1, 0], values[1, 2, 1], values[2, 3, 0] = -1, 1e36, -2
        gpp[:] = values.transpose(1, 0, 2) if records else values
        site[:] = netCDF4.stringtochar(np.array(["oak", "ash", "oak", "elm", ""], "S4"))
        if kind == "NETCDF4":
            chunked = file.createVariable("chunked", "f8", ("member", "month"), zlib=True, shuffle=True, chunksizes=(2, 2))
            chunked[:] = np.arange(MEMBERS * 3).reshape(MEMBERS, 3)
            name = file.createVariable("name", str, ("member",))
            name[:] = np.array(["a", "b", "c", "d", "e"], dtype=object)


for file, kind in FORMATS.items():
    write(file, kind)

with netCDF4.Dataset("one-record.nc", "w", format="NETCDF3_CLASSIC") as file:
    # The records of a single variable are not padded.
    file.createDimension("run", None)
    file.createVariable("height", "i2", ("run",))[:] = [7, 8, 9]

# Groups, of which two have a dimension of the same name.
with netCDF4.Dataset("groups.nc", "w", format="NETCDF4") as file:
    file.createDimension("member", MEMBERS)
    file.createVariable("rain", "f4", ("member",))[:] = np.arange(MEMBERS)
    forcing, output = file.createGroup("forcing"), file.createGroup("output")
    forcing.createDimension("layer", 4)
    temp = forcing.createVariable("temp", "f4", ("member",))
    temp[:], temp.units = 290, "K"
    forcing.createVariable("other", "f4", ("layer",))[:] = 1
    output.createDimension("layer", LAYERS)
    output.createVariable("GPP", "f4", ("member", "layer"))[:] = np.arange(MEMBERS)[:, None] * 10 + np.arange(LAYERS)
    soil = output.createGroup("soil")
    soil.createDimension("layer", 3)
    soil.createVariable("carbon", "f4", ("member", "layer"))[:] = 100 + np.arange(MEMBERS)[:, None] * 10 + np.arange(3)

# As some models leave files: without references to dimensions, or without any dimensions.
for name, kept in (("runs-by-number.nc", "_Netcdf4Coordinates"), ("plain.h5", None)):
    with h5py.File("runs-netcdf4.nc", "r") as source, h5py.File(name, "w") as file:
        for own in ("layer", "member", "month", "rain", "GPP", "count"):
            if kept is None and own in ("layer", "member", "month"):
                continue
            data = source[own]
            copy = file.create_dataset(own, data=data[...] if own != "month" else np.arange(3, dtype="f4"))
            for attribute in ("units", "_FillValue", "missing_value", *((kept, "_Netcdf4Dimid") if kept else ())):
                if attribute in data.attrs:
                    copy.attrs[attribute] = data.attrs[attribute]
            if kept and own in ("layer", "member", "month"):
                copy.attrs["CLASS"] = np.bytes_("DIMENSION_SCALE")
                copy.attrs["NAME"] = np.bytes_(own)
        if kept is None:
            file.create_group("diagnostics")

np.save("runs.npy", np.arange(6, dtype=">i4").reshape(3, 2))
np.savez_compressed(
    "runs.npz", a=np.asfortranarray(np.arange(12, dtype="f4").reshape(3, 2, 2)), b=np.array([True, False, True]), c=np.array(["oak", "ash", "élm"]),
    d=np.array([1.5, np.nan, -2.5]), scalar=np.float64(3))
np.save("records.npy", np.array([(1, 2.0)], dtype=[("x", "i4"), ("y", "f8")]))
