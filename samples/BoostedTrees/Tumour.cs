using Microsoft.ML;
using Microsoft.ML.Data;

namespace BoostedTrees;

/// <summary>The breast-cancer table: 30 measurements of cell nuclei, and whether the tumour is benign.</summary>
internal static class Tumour
{
    /// <summary>Reads a file. These options give the slots of "Features" their names, those in its header.</summary>
    public static IDataView Load(MLContext mlContext, string name) => mlContext.Data.LoadFromTextFile(
        Path.Combine(AppContext.BaseDirectory, "data", name),
        new TextLoader.Options
        {
            HasHeader = true,
            Separators = [','],
            Columns = [new("Features", DataKind.Single, 0, 29), new("Label", DataKind.Boolean, 30)],
        });
}
