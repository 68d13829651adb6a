using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers;

/// <summary>Reads trees from a file of XGBoost, LightGBM or ONNX, whichever its content is.</summary>
public static class TreeFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; its extension does not matter.</param>
    /// <param name="rounds">Which rounds of XGBoost's trees count where training went on after the best.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">It is none of the three, damaged, or holds what cannot be explained as trees.</exception>
    /// <exception cref="ArgumentException">Rounds are chosen that the model does not have.</exception>
    public static TreeEnsemble Load(string path, BoostingRounds rounds = default) => ModelFile.Open(path, rounds).RequireTrees();
}
