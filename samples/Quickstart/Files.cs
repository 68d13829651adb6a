namespace Quickstart;

/// <summary>The sample's files, which lie beside the program.</summary>
internal static class Files
{
    public static string Data(string name) => Path.Combine(AppContext.BaseDirectory, "data", name);

    public static string Model(string name) => Path.Combine(AppContext.BaseDirectory, "models", name);
}
