namespace OrleansJob;

/// <summary>A file that is to be made, and how it has gone with it by now.</summary>
/// <param name="name">What it is called when it is spoken of.</param>
/// <param name="file">The file.</param>
/// <param name="arguments">What follows <c>introspect</c>.</param>
internal sealed class Piece(string name, string file, IReadOnlyList<string> arguments)
{
    /// <summary>What it is called.</summary>
    public string Name => name;

    /// <summary>The file.</summary>
    public string File => file;

    /// <summary>What follows <c>introspect</c>.</summary>
    public IReadOnlyList<string> Arguments => arguments;

    /// <summary>How often it was begun and came to no end.</summary>
    public int Losses { get; set; }

    /// <summary>Since when another process has it.</summary>
    public DateTime? HeldSince { get; set; }

    /// <summary>When it may be begun.</summary>
    public DateTime NotBefore { get; set; }
}
