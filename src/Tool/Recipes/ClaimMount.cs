namespace Microsoft.ML.Introspection.Tool.Recipes;

/// <summary>A persistent volume claim of Kubernetes, and the folder of a container that it is.</summary>
/// <param name="Claim">The name of the claim.</param>
/// <param name="Folder">The folder, from the root on.</param>
/// <param name="IsReadOnly">Whether nothing may be written there.</param>
internal sealed record ClaimMount(string Claim, string Folder, bool IsReadOnly)
{
    private const string ReadOnly = ":ro";

    /// <summary>Reads <c>NAME=/FOLDER</c>, or <c>NAME=/FOLDER:ro</c>.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static ClaimMount Parse(string text, string option)
    {
        var at = text.IndexOf('=');
        var isReadOnly = text.EndsWith(ReadOnly, StringComparison.Ordinal);
        var folder = at < 0 ? "" : text[(at + 1)..(isReadOnly ? ^ReadOnly.Length : ^0)].TrimEnd('/');
        if (!IsPlain(folder) || folder.Contains(':'))
            throw new UsageException($"{option} takes NAME=/FOLDER, or NAME=/FOLDER:ro where nothing is written, such as data=/data:ro; "
                + $"'{text}' was given.");
        if (folder is "/tmp" || folder.StartsWith("/tmp/", StringComparison.Ordinal))
            throw new UsageException($"{option} {text}: /tmp is the container's own; choose another folder.");
        return new ClaimMount(KubernetesName.Subdomain(text[..at], option), folder, isReadOnly);
    }

    /// <summary>Whether a path of a container goes from its root on, without ways back.</summary>
    public static bool IsPlain(string path) => path.Length > 1 && path[0] == '/'
        && !path.Any(char.IsControl) && path[1..].Split('/').All(part => part is not ("" or "." or ".."));

    /// <summary>Whether a file lies in the folder.</summary>
    public bool Holds(string path) => path.StartsWith(Folder + "/", StringComparison.Ordinal);
}
