using Microsoft.ML.Introspection.Tool.Recipes;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect recipe</c>: a script that runs an explanation, or a scoring job, on what people have.</summary>
internal sealed class RecipeCommand : System.CommandLine.Command, IHasHelpSections
{
    public RecipeCommand(Terminal terminal)
        : base("recipe", "Writes a short program that runs an explanation on Spark, Ray, DuckDB and others, by ONNX Runtime, without us; "
            + "or the manifest of a scoring job.")
    {
        foreach (var recipe in Recipe.All)
            Subcommands.Add(new GraphRecipeCommand(recipe, terminal));
        Subcommands.Add(new KubernetesCommand(terminal));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Examples",
            "introspect recipe duckdb explanation.onnx --output explain.py",
            "introspect recipe duckdb-net explanation.onnx --output explain.cs",
            "introspect recipe spark explanation.onnx --output explain.py",
            "introspect recipe kubernetes --shards 16 --image introspect:1 --claim data=/data -o job.yaml -- score /data/model.json "
                + "--data /data/rows -o /data/scored.csv"),
    ];
}
