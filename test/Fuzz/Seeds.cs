using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>A file: its ending and content, and, where that stands beside it, the description in JSON.</summary>
internal sealed record Seed(string Extension, byte[] Content, byte[]? Description);

/// <summary>The sound files that mutations begin from.</summary>
internal sealed class Seeds
{
    private readonly Dictionary<string, List<Seed>> _files = [];
    private readonly string _folder;

    private Seeds(string folder) => _folder = folder;

    /// <summary>A small network, whose rows are read from mutated files.</summary>
    public string Network => Path.Combine(AppContext.BaseDirectory, "seeds", "mlp_breast_cancer.onnx");

    /// <summary>Rows of as many columns as most seeds of a kind and extension take.</summary>
    public string RowsFor(string kind, string extension) =>
        Path.Combine(_folder, kind != "tree" ? "rows4.csv" : extension == ".txt" ? "rows6.csv" : "rows13.csv");

    /// <summary>The files that processes share: rows, and pipelines of ML.NET.</summary>
    public static void Train(string folder)
    {
        foreach (var width in (int[])[4, 6, 13])
            File.WriteAllLines(Path.Combine(folder, $"rows{width}.csv"),
                [string.Join(',', Enumerable.Range(0, width).Select(i => $"F{i}")),
                 string.Join(',', Enumerable.Repeat("1", width)), string.Join(',', Enumerable.Repeat("0.5", width))]);
        var ml = new MLContext(1);
        var rows = Enumerable.Range(0, 200).Select(i => new Row
        {
            F0 = i % 7, F1 = i % 5, F2 = i * 37 % 11, F3 = i * 53 % 13, Label = i % 7 - i % 5 + i * 37 % 11 * 0.3f,
        });
        var data = ml.Data.LoadFromEnumerable(rows);
        var features = ml.Transforms.Concatenate("Features", "F0", "F1", "F2", "F3");
        ml.Model.Save(features.Append(ml.Transforms.NormalizeMinMax("Features")).Append(ml.Regression.Trainers.Sdca()).Fit(data),
            data.Schema, Path.Combine(folder, "linear.zip"));
        ml.Model.Save(features.Append(ml.Regression.Trainers.FastTree(numberOfTrees: 3, numberOfLeaves: 6)).Fit(data),
            data.Schema, Path.Combine(folder, "trees.zip"));
    }

    public static Seeds Of(Options options)
    {
        var seeds = new Seeds(options.Keep);
        foreach (var model in OperatorSeeds.All())
            seeds.Add("model", ".onnx", model);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "seeds"))
            .Concat(options.Corpus is null ? [] : Directory.EnumerateFiles(options.Corpus, "*", SearchOption.AllDirectories)
                .Where(f => new FileInfo(f).Length < 1 << 18)).Order(StringComparer.Ordinal))
            seeds.Add(Path.GetExtension(file) == ".onnx" ? "model" : "tree", Path.GetExtension(file), File.ReadAllBytes(file));
        foreach (var file in (string[])["linear.zip", "trees.zip"])
            seeds.Add("pipeline", ".zip", File.ReadAllBytes(Path.Combine(options.Keep, file)));
        seeds.AddKeras();
        foreach (var file in Directory.EnumerateFiles(
            Path.Combine(AppContext.BaseDirectory, "tensorflow"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            seeds.Add(Path.GetExtension(file) == ".pb" ? "graph" : "savedmodel", Path.GetExtension(file), File.ReadAllBytes(file));
        var array = NpyArray.From([.. Enumerable.Range(0, 90).Select(i => (float)i)], 3, 30);
        using var temporary = new Temporary();
        array.Save(temporary.Path + ".npy");
        seeds.Add("array", ".npy", File.ReadAllBytes(temporary.Path + ".npy"));
        seeds.Add("array", ".npz", Archive(File.ReadAllBytes(temporary.Path + ".npy")));
        foreach (var (kind, extension, content) in TableSeeds.All())
            seeds.Add(kind, extension, content);
        return seeds;
    }

    /// <summary>A mutated file of a kind, and the description beside it where it has one.</summary>
    public Seed Mutated(string kind, Random random)
    {
        var seed = _files[kind][random.Next(_files[kind].Count)];
        var (name, content) = (seed.Extension, seed.Content);
        // Of trees and pipelines nearly all is refused where bytes are changed; with other numbers they are read and explained.
        if (kind is "tree" or "pipeline" && random.Next(4) > 0 && NumberMutation.Of(name, content, random) is { } renumbered)
            return seed with { Content = renumbered };
        if (seed.Description is { } description && random.Next(2) == 0)
            return seed with
            {
                Description = random.Next(8) == 0 ? ByteMutation.Of(description, random) : JsonMutation.Of(description, random),
            };
        if (random.Next(kind is "model" or "hdf5" or "keras" or "architecture" or "savedmodel" or "graph"
            or "parquet" or "arrow" ? 8 : 2) == 0)
            return seed with { Content = ByteMutation.Of(content, random) };
        return seed with
        {
            Content = kind switch
            {
                "model" => new ModelMutation(random).Of(content),
                "hdf5" or "architecture" => Hdf5Mutation.Of(content, random),
                "graph" => new GraphMutation(random).Of(content),
                "arrow" => ArrowMutation.Of(content, random),
                "parquet" => ParquetMutation.Of(content, random),
                "packed" => TableSeeds.Repacked(content, text => ByteMutation.Of(text, random)),
                _ when name is ".zip" or ".npz" or ".keras" => ByteMutation.OfArchive(content, random, (entry, bytes) => entry switch
                {
                    _ when Path.GetExtension(entry) == ".json" => JsonMutation.Of(bytes, random),
                    _ when Path.GetExtension(entry) == ".h5" => Hdf5Mutation.Of(bytes, random),
                    "saved_model.pb" => new GraphMutation(random).Of(bytes),
                    "variables.index" => TableMutation.Of(bytes, random),
                    _ => ByteMutation.Of(bytes, random),
                }),
                _ => ByteMutation.Of(content, random),
            },
        };
    }

    // What an archive of Keras holds is also what lies beside one another: a description, and weights.
    private void AddKeras()
    {
        using var archive = ZipFile.OpenRead(Path.Combine(AppContext.BaseDirectory, "archives", "keras-models.zip"));
        foreach (var entry in archive.Entries.Where(e => e.Length < 1 << 17).OrderBy(e => e.FullName, StringComparer.Ordinal))
        {
            var folder = entry.FullName[..^entry.Name.Length];
            switch (Path.GetExtension(entry.Name))
            {
                case ".keras" when Content(entry) is not [(byte)'P', (byte)'K', ..]:
                    Add("hdf5", ".keras", Content(entry));
                    break;
                case ".keras":
                    Add("keras", ".keras", Content(entry));
                    using (var inner = new ZipArchive(new MemoryStream(Content(entry))))
                        if (inner.GetEntry("model.weights.h5") is { } weights && inner.GetEntry("config.json") is { } config)
                            Add("architecture", ".h5", Content(weights), Content(config));
                    break;
                case ".h5" when !entry.Name.Contains("weights", StringComparison.Ordinal):
                    Add("hdf5", ".h5", Content(entry));
                    break;
                case ".h5" when archive.GetEntry(folder + "model.json") is { } description:
                    Add("architecture", ".h5", Content(entry), Content(description));
                    break;
            }
        }
    }

    /// <summary>What an entry of an archive holds.</summary>
    public static byte[] Content(ZipArchiveEntry entry)
    {
        using var content = new MemoryStream();
        using var stored = entry.Open();
        stored.CopyTo(content);
        return content.ToArray();
    }

    private void Add(string kind, string extension, byte[] content, byte[]? description = null)
    {
        if (!_files.TryGetValue(kind, out var files))
            _files[kind] = files = [];
        files.Add(new(extension, content, description));
    }

    private static byte[] Archive(byte[] array)
    {
        var result = new MemoryStream();
        using (var zip = new ZipArchive(result, ZipArchiveMode.Create, leaveOpen: true))
        using (var entry = zip.CreateEntry("x.npy").Open())
            entry.Write(array);
        return result.ToArray();
    }

    private sealed class Row
    {
        public float F0 { get; set; }
        public float F1 { get; set; }
        public float F2 { get; set; }
        public float F3 { get; set; }
        public float Label { get; set; }
    }

    private sealed class Temporary : IDisposable
    {
        public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());

        public void Dispose() => File.Delete(Path + ".npy");
    }
}
