namespace Quickstart;

/// <summary>The sample's only option: where its report and its pictures go.</summary>
internal static class Arguments
{
    private const string Usage = """
        Usage: Quickstart [--output DIR]

          --output DIR   where the report, the pictures and the saved pipeline go
                         (artifacts/quickstart of this project unless given; made if need be)
        """;

    /// <summary>Reads the command line and makes the folder.</summary>
    /// <returns>Whether to go on; if not, what there is to say has been said.</returns>
    public static bool TryRead(string[] args, out string output, out int exitCode)
    {
        (output, exitCode) = (DefaultOutput(), 0);
        switch (args)
        {
            case []:
                break;
            case ["--output", var folder] when !string.IsNullOrWhiteSpace(folder):
                output = Path.GetFullPath(folder);
                break;
            case ["--help" or "-h"]:
                Console.WriteLine(Usage);
                return false;
            default:
                Console.Error.WriteLine($"error: cannot make sense of: {string.Join(' ', args)}\n\n{Usage}");
                exitCode = 2;
                return false;
        }

        try
        {
            Directory.CreateDirectory(output);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"error: the folder '{output}' cannot be made: {e.Message} Name another with --output.");
            exitCode = 1;
            return false;
        }
    }

    /// <summary>In the project that the program was built in; in the current folder if it was carried elsewhere.</summary>
    private static string DefaultOutput()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Introspection.sln")))
            root = root.Parent;
        return Path.Combine(root?.FullName ?? Environment.CurrentDirectory, "artifacts", "quickstart");
    }
}
