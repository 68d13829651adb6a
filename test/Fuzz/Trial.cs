using System.Text;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>One file: made, written, read, and used as a user would. It is deleted where nothing went wrong.</summary>
internal sealed class Trial(string kind, Seeds seeds, Random random, string path, Action<string> say)
{
    // A file that says in few bytes that it has a hundred million empty rows has them; there is no need to see them all.
    private const int MostRows = 100_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly AttributionMethod[] Methods =
    [
        new Saliency(), new InputXGradient(), new IntegratedGradients(Steps: 2), new DeepLift(), new GuidedBackprop(),
        new LayerwiseRelevance(), new FeatureAblation(), new Occlusion([1]),
    ];

    /// <summary>A line of the outcome: "end" and what it was, or what went wrong.</summary>
    public string Run()
    {
        var file = "";
        try
        {
            var (name, content, description) = seeds.Mutated(kind, random);
            file = path + name;
            File.WriteAllBytes(file, content);
            if (description is not null)
                File.WriteAllBytes(path + ".json", description);
            var outcome = kind switch
            {
                "model" or "hdf5" or "keras" or "architecture" or "savedmodel" or "graph" => Model(file),
                // A pipeline of any kind takes a background, and is refused without.
                "tree" or "pipeline" => Tool(["shap", file, "--data", seeds.RowsFor(kind, name), "-o", path + ".out.csv",
                    .. kind == "pipeline" ? (string[])["--background", "data"] : []]),
                "arrow" or "parquet" when !name.Contains(TableSeeds.Numbers, StringComparison.Ordinal) => Rows(file),
                _ => Tool("explain", seeds.Network, "--data", file, "-m", "saliency", "-o", path + ".out.csv"),
            };
            Delete(file);
            return $"end\t{kind}: {outcome}";
        }
        catch (Exception e) when (Failure.IsForeseen(e))
        {
            Delete(file);
            return $"end\t{kind}: refused";
        }
        catch (Exception e)
        {
            return $"{Path.GetFileName(file)} {e.GetType().Name}: {Failure.Message(e)} at {Place(e)}";
        }
    }

    private void Delete(string file)
    {
        foreach (var made in (string[])[file, path + ".json", path + ".out.csv"])
            File.Delete(made);
    }

    private string Model(string file)
    {
        say("step\treading");
        if (random.Next(8) == 0)
            Tool("layers", file);
        var network = ModelFile.LoadNetwork(file);
        say("step\tcompiling");
        var method = Methods[random.Next(Methods.Length)];
        OnnxModel explanation;
        try
        {
            explanation = Explanation.Compile(network, method);
        }
        catch (Exception e) when (Failure.IsForeseen(e))
        {
            return "read, not explained";
        }
        say($"step\tloading the explanation by {method.GetType().Name}");
        using var session = new ModelSession(explanation, new() { Threads = 1 });
        say("step\trunning");
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            session.Run(explanation.Inputs.ToDictionary(i => i.Name, Row), patience.Token);
        }
        catch (OperationCanceledException)
        {
            return "explained, stopped";
        }
        return "explained";
    }

    // Every cell, as a text or as a number; sometimes some rows are passed over.
    private string Rows(string file)
    {
        say("step\treading rows");
        using var records = IRecords.Open(file, new CsvOptions());
        for (var row = 0; row < MostRows && records.MoveNext(); row++)
        {
            for (var column = 0; column < records.Count; column++)
                if (row % 2 == 0 || !records.TryNumber<double>(column, out _))
                    _ = records[column];
            if (random.Next(8) == 0)
                records.Skip(random.Next(20));
        }
        return "read";
    }

    private Tensor Row(TensorInfo input) => Tensor.Filled(
        input.Type, random.NextDouble(), [.. input.Shape!.Select(d => d.IsKnown ? d.Value : 2)]);

    private string Tool(params string[] arguments)
    {
        var error = new StringWriter();
        say($"step\t{arguments[0]}");
        var code = Introspect.RunAsync([.. arguments, "--verbose"], new Terminal(TextWriter.Null, error)).GetAwaiter().GetResult();
        var text = error.ToString();
        return code == 0 ? "done"
            : text.Contains("error: Unexpected", StringComparison.Ordinal) ? throw new UnforeseenException(text) : "refused";
    }

    private static string Place(Exception error) =>
        string.Join(" < ", (error.StackTrace ?? "").Split('\n').Where(l => l.Contains(" at ", StringComparison.Ordinal))
            .Select(l => l.Trim()[3..].Split('(')[0].Split('.')).Select(w => string.Join('.', w.TakeLast(2))).Take(6));

    private sealed class UnforeseenException(string text) : Exception(Brief(text))
    {
        private static string Brief(string text)
        {
            var lines = text.Split('\n');
            var places = lines.Where(l => l.TrimStart().StartsWith("at ", StringComparison.Ordinal)).Take(6)
                .Select(l => string.Join('.', l.Trim()[3..].Split('(')[0].Split('.').TakeLast(2)));
            return new StringBuilder(lines.First(l => l.Contains("error: ", StringComparison.Ordinal)).Trim())
                .Append(" at ").AppendJoin(" < ", places).ToString();
        }
    }
}
