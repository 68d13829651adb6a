using System.IO.Compression;
using Microsoft.ML.Introspection.Importers.TensorFlow;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.MlNet;

/// <summary>
/// Zips of ML.NET's TextClassification and SentenceSimilarity: the weights of NAS-BERT as TorchSharp saves them. The network, which the
/// file does not tell, is written here; it takes the numbers of tokens, and gives the scores as ML.NET does.
/// </summary>
internal static class TextClassification
{
    private const string Stream = "TSModel", Tokens = "input_ids", Score = "Score";

    /// <summary>The models of an archive.</summary>
    public static IReadOnlyList<SavedStream> Find(ZipArchive archive) =>
        SavedStream.Find(archive, Stream, ["TXT-CLSS", "SNT-SIMI"], start => TorchRecords.IsBegun(start));

    /// <summary>Reads the network.</summary>
    /// <param name="saved">The model.</param>
    /// <param name="options">How it is written; its ends are not to be chosen.</param>
    /// <exception cref="ArgumentException">Inputs or outputs are named.</exception>
    /// <exception cref="InvalidModelException">It is damaged, or of another architecture.</exception>
    public static OnnxModel Read(SavedStream saved, TranslationOptions options)
    {
        if (options.Inputs.Count > 0 || options.Outputs.Count > 0)
            throw new ArgumentException($"A text classification of ML.NET's begins at '{Tokens}' and ends at '{Score}'; no other tensors "
                + "can be named.", nameof(options));
        var weights = TorchRecords.Read(SavedFiles.Unpack(saved.Stream, Stream));
        var graph = new Graph(options.Opset);
        var tokens = graph.Input(Tokens, ElementType.Int64, new Shape(Dimension.Symbol("batch"), Dimension.Symbol("tokens")));
        try
        {
            return graph.ToModel([(Score, new NasBert(graph, weights).Scores(tokens))], keepAllInputs: true).Checked();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or ArithmeticException)
        {
            throw new InvalidModelException($"Its weights do not fit each other: {e.Message}", e);
        }
    }
}
