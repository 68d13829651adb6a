namespace Microsoft.ML.Introspection.Tool.Recipes;

/// <summary>A program or script that runs a graph on an engine that people have.</summary>
/// <param name="Name">What the engine is called on the command line.</param>
/// <param name="Summary">What the script does.</param>
/// <param name="FileName">What its file may be called.</param>
internal abstract record Recipe(string Name, string Summary, string FileName)
{
    /// <summary>The engines there are.</summary>
    public static IReadOnlyList<Recipe> All { get; } =
        [new DuckDbNetRecipe(), .. PythonRecipe.Engines, new FlinkRecipe(), new SqlServerRecipe()];

    /// <summary>The script for a graph.</summary>
    public abstract string For(RecipeGraph graph);
}
