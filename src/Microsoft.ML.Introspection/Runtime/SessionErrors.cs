using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Runtime;

/// <summary>A device cannot be had.</summary>
public sealed class DeviceException(string message, Exception? inner = null) : IntrospectionException(message, inner);

/// <summary>ONNX Runtime's errors in words that say what one can do.</summary>
internal static partial class SessionErrors
{
    /// <summary>What nodes are called, with the block behind it, that fail where rows of attention do not sum to 1.</summary>
    public const string AttentionOf = "rows of attention ";

    // Which operators of its own it has, no API tells, and its exceptions carry a text alone. "… is not a registered function/op" and
    // "No Op registered for …" are what it says; a version that says it otherwise only has the model called unusable in its own words.
    private const string NotKnown = "registered";

    // How many classes there are is no number where the network leaves it open, so labels cannot all be looked at before (those of files
    // and columns are, where the number is known). What it says of an index has been worded differently over its versions.
    private static readonly string[] OutOfRange = ["Out of range value in index", "must be within bounds", "out of data bounds"];

    public static Exception Loading(OnnxModel model, Exception error)
    {
        var foreign = Nodes(model.Proto.Graph).FirstOrDefault(n => n.Domain is not ("" or "ai.onnx" or "com.microsoft" or "ai.onnx.ml"));
        if (foreign is null && !error.Message.Contains(NotKnown, StringComparison.OrdinalIgnoreCase))
            return new InvalidModelException($"ONNX Runtime refuses the model: {FirstLine(error)}", error);
        var place = foreign is null ? "" : " The node "
            + $"'{(foreign.Name.Length > 0 ? foreign.Name : foreign.Output.FirstOrDefault())}' uses '{foreign.Domain}:{foreign.OpType}'.";
        return new UnsupportedOperatorException($"ONNX Runtime does not know an operator of the model (opset {model.Opset}).{place} "
            + $"Export the network with standard operators. ({FirstLine(error)})", error);
    }

    public static Exception Running(Exception error) => new InvalidOperationException(
        AttentionRow().Match(error.Message) is { Success: true } row
            ? $"The attention '{row.Groups[1].Value}' of row {int.Parse(row.Groups[2].Value, CultureInfo.InvariantCulture) - 1} of "
                + "the batch does not sum to 1 over its keys: it is no attention, its keys are all masked, or what comes before is NaN."
        : error.Message.Contains("GatherElements", StringComparison.Ordinal)
            && OutOfRange.Any(words => error.Message.Contains(words, StringComparison.Ordinal))
            ? "A label is out of range: it is the number of a class, counted from 0 and less than the number of classes. (Or the network "
                + "itself picks elements that are not there.)"
            : $"ONNX Runtime could not run the model: {InOneLine(error)}",
        error);

    [GeneratedRegex($"Name:'{AttentionOf}(.*?)' .*idx=([0-9]+)", RegexOptions.Singleline)]
    private static partial Regex AttentionRow();

    private static IEnumerable<NodeProto> Nodes(GraphProto graph) =>
        graph.Node.Concat(graph.Node.SelectMany(n => n.Attribute).SelectMany(Subgraphs.Of).SelectMany(Nodes));

    public static string FirstLine(Exception error) => error.Message.Split('\n')[0].Trim();

    // Which axis does not fit, it tells on a second line; a stack trace may follow.
    private static string InOneLine(Exception error) =>
        string.Join(' ',
            error.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .TakeWhile(line => !line.StartsWith("Stacktrace", StringComparison.Ordinal)));
}
