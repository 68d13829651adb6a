using System.Globalization;
using Google.Protobuf;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading;

/// <summary>Weights that a model keeps in files of their own. Only files inside the model's folder are read.</summary>
internal static class ExternalData
{
    /// <summary>Reads all external tensors of a model into it.</summary>
    /// <exception cref="InvalidModelException">A tensor refers outside the folder, to a missing file, or beyond a file's end.</exception>
    public static void Embed(ModelProto model, string folder)
    {
        // Many tensors may name the same bytes, so a small file could ask for any amount of memory.
        var room = OnnxModel.MaximumBytes;
        foreach (var tensor in External(model))
            room -= Embed(tensor, folder, room);
    }

    /// <summary>The files that hold tensors of a model, in the order of their names.</summary>
    /// <exception cref="InvalidModelException">A tensor refers outside the folder, or to a missing file.</exception>
    public static IReadOnlyList<string> Files(ModelProto model, string folder) => [.. External(model)
        .Select(t => (t.Name, Location: t.ExternalData.LastOrDefault(e => e.Key == "location")?.Value ?? ""))
        .DistinctBy(t => t.Location).Select(t => Inside(folder, t.Location, t.Name)).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<TensorProto> External(ModelProto model) =>
        ModelCheck.Tensors(model).Where(t => t.DataLocation == TensorProto.Types.DataLocation.External);

    private static long Embed(TensorProto tensor, string folder, long room)
    {
        var entries = tensor.ExternalData.GroupBy(e => e.Key).ToDictionary(g => g.Key, g => g.Last().Value);
        var location = entries.GetValueOrDefault("location", "");
        var path = Inside(folder, location, tensor.Name);
        using var stream = File.OpenRead(path);
        var length = stream.Length;
        var offset = Number(entries, "offset", 0, tensor.Name);
        var count = Number(entries, "length", length - offset, tensor.Name);
        if (offset > length || count > length - offset)
            throw new InvalidModelException($"The tensor '{tensor.Name}' wants {count:N0} bytes from {offset:N0} on of '{location}', "
                + $"which has {length:N0}. The file is truncated or does not belong to this model.");
        var size = ((ElementType)tensor.DataType).Size();
        if (size > 0)
        {
            var expected = tensor.Dims.Aggregate((System.Numerics.BigInteger)size, (product, d) => product * d);
            if (expected != count)
                throw new InvalidModelException($"The tensor '{tensor.Name}' of shape [{string.Join(", ", tensor.Dims)}] needs "
                    + $"{expected} bytes; its file '{location}' gives it {count}.");
        }
        if (count > Math.Min(room, Array.MaxLength))
            throw new InvalidModelException($"The weights beside the model come to more than {OnnxModel.MaximumBytes:N0} bytes at the "
                + $"tensor '{tensor.Name}', more than can be read.");

        var bytes = new byte[count];
        stream.Position = offset;
        stream.ReadExactly(bytes);
        tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
        tensor.ExternalData.Clear();
        tensor.DataLocation = TensorProto.Types.DataLocation.Default;
        return count;
    }

    private static string Inside(string folder, string location, string tensor)
    {
        var root = Path.GetFullPath(folder);
        if (!Path.EndsInDirectorySeparator(root))
            root += Path.DirectorySeparatorChar;
        if (location.Length == 0 || location.Contains('\0') || Path.IsPathRooted(location) || location.Contains(':'))
            throw Outside();
        var path = Path.GetFullPath(Path.Combine(root, location.Replace('\\', '/')));
        if (!path.StartsWith(root, StringComparison.Ordinal))
            throw Outside();
        if (!File.Exists(path))
            throw new InvalidModelException($"The tensor '{tensor}' lies in '{location}', which is not beside the model.");
        // A link inside the folder must not lead out of it.
        for (var part = path; part.Length > root.Length; part = Path.GetDirectoryName(part)!)
        {
            var target = File.ResolveLinkTarget(part, returnFinalTarget: true);
            if (target is not null && !Path.GetFullPath(target.FullName).StartsWith(root, StringComparison.Ordinal))
                throw Outside();
        }
        return path;

        InvalidModelException Outside() =>
            new($"The tensor '{tensor}' refers to the file '{location}', outside the model's folder. Such a model is not read; put the "
                + "file beside the model.");
    }

    private static long Number(Dictionary<string, string> entries, string key, long otherwise, string tensor)
    {
        if (!entries.TryGetValue(key, out var text))
            return otherwise;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidModelException(
                $"The tensor '{tensor}' gives '{text}' as the {key} of its external data; a number of bytes was expected.");
    }
}
