using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>A file for an input of the model, which need not be named where there is but one.</summary>
/// <param name="Input">The input; null where none is named.</param>
/// <param name="Path">The file.</param>
internal sealed record NamedFile(string? Input, string Path)
{
    /// <summary>Reads <c>FILE</c> or <c>INPUT=FILE</c>; a file whose name holds a '=' is taken for itself if it exists.</summary>
    public static NamedFile Parse(string text, string option)
    {
        var at = text.IndexOf('=');
        if (at < 0 || SqlSource.IsQuery(text) || File.Exists(text))
            return text.Length > 0 ? new NamedFile(null, text)
                : throw new UsageException($"{option} takes a file; an empty text was given.");
        return at > 0 && at < text.Length - 1
            ? new NamedFile(text[..at], text[(at + 1)..])
            : throw new UsageException($"{option} takes FILE or INPUT=FILE; '{text}' was given.");
    }
}
