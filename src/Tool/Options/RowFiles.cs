using System.CommandLine;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>The options that name files of rows, read and written.</summary>
internal static class RowFiles
{
    /// <summary>The rows, of a model that reads one file.</summary>
    public static Option<string> Data() => new("--data", "-d") { Required = true, HelpName = "FILE", Description = Rows };

    /// <summary>The rows, of a model that may have several inputs.</summary>
    /// <param name="model">What such a model is called: "model", "network".</param>
    /// <param name="isRequired">Whether there is nothing else that could be read.</param>
    public static Option<string[]> DataOfInputs(string model, bool isRequired = true) => new("--data", "-d")
    {
        Required = isRequired,
        HelpName = "[INPUT=]FILE",
        Description = $"{Rows} A {model} with several inputs wants a file for each, or an .npz file with arrays of their names.",
    };

    /// <summary>Where results go.</summary>
    /// <param name="what">The results: "values".</param>
    /// <param name="isRequired">Whether nothing is done without.</param>
    public static Option<string> Output(string what, bool isRequired = true) => new("--output", "-o")
    {
        Required = isRequired,
        HelpName = "FILE",
        Description = $"Where the {what} go: {DataFiles.Endings}. A file of that name is replaced, once the new one is whole.",
    };

    private static string Rows => $"The rows: {DataFiles.Endings}.";
}
