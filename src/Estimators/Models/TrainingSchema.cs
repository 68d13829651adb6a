using System.IO.Compression;
using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>The columns that a model of a saved pipeline was trained with; ML.NET keeps them beside it as a table without rows.</summary>
internal static class TrainingSchema
{
    private const string Stream = "TrainSchema", Label = "Label";
    private const int MaximumBytes = 64 << 20;

    /// <summary>The values of the label's key, by class; none where they are not told, or by several columns.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="model">The folder of the model.</param>
    public static IReadOnlyList<string> ClassesOf(string path, string model)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            var entry = archive.Entries.FirstOrDefault(e => e.FullName.Replace('\\', '/') is var name && e.Length is > 0 and <= MaximumBytes
                && name.EndsWith("/" + Stream, StringComparison.Ordinal)
                && $"{model}/".StartsWith(name[..^Stream.Length], StringComparison.Ordinal));
            if (entry is null)
                return [];
            var bytes = new byte[entry.Length];
            using (var stream = entry.Open())
                stream.ReadExactly(bytes);
            var schema = BoundedReading.Of(path, () => new MLContext().Data.LoadFromBinary(new Memory(bytes)).Schema);
            var named = schema.Where(c => c.Type is KeyDataViewType).Select(c => (c.Name, Values: ClassNames.OfKey(c)))
                .Where(c => c.Values is not null).ToList();
            return named.Find(c => c.Name == Label).Values ?? (named is [var only] ? only.Values! : []);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or UnauthorizedAccessException))
        {
            // What only names classes does not keep the network from being explained.
            return [];
        }
    }

    private sealed class Memory(byte[] bytes) : IMultiStreamSource
    {
        public int Count => 1;

        public string? GetPathOrNull(int index) => null;

        public Stream Open(int index) => new MemoryStream(bytes, writable: false);

        public TextReader OpenTextReader(int index) => new StreamReader(Open(index));
    }
}
