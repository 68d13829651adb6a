using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers;

/// <summary>Reads trees from a file of XGBoost, LightGBM or ONNX, whichever its content is.</summary>
public static class TreeFile
{
    // The first field of an ONNX file, the version of its format.
    private const byte OnnxStart = 8;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; its extension does not matter.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">It is none of the three, damaged, or holds what cannot be explained as trees.</exception>
    public static TreeEnsemble Load(string path)
    {
        var start = Start(path);
        return LightGbmModel.IsText(start) ? LightGbmModel.Load(path)
            : XGBoostModel.IsUbjson(start) || XGBoostModel.IsJson(start) || XGBoostModel.IsBinary(start) ? XGBoostModel.Load(path)
            : start is [OnnxStart, ..] ? OnnxTrees.Load(path)
            : throw new InvalidModelException(
                $"The model file '{path}' cannot be used. It is neither XGBoost's JSON or UBJSON, nor LightGBM's text, nor ONNX; it starts with {Documents.Shortened.Text(start)}. " +
                "Save an XGBoost model with save_model('model.json'), a LightGBM model with save_model('model.txt').");
    }

    /// <summary>Whether a file is one of XGBoost's or LightGBM's, by its content.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    internal static bool IsOfBoosting(string path)
    {
        var start = Start(path);
        return LightGbmModel.IsText(start) || XGBoostModel.IsUbjson(start) || XGBoostModel.IsJson(start) || XGBoostModel.IsBinary(start);
    }

    /// <summary>Whether a file is ONNX, trees or not, by how it begins.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    internal static bool IsOnnx(string path) => Start(path) is [OnnxStart, ..];

    private static byte[] Start(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"The model file '{path}' does not exist.", path);
        var start = new byte[16];
        using var stream = File.OpenRead(path);
        return start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
    }
}
