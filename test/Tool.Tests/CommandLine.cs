namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>What one run of the tool said and how it ended.</summary>
internal sealed record Outcome(int ExitCode, string Out, string Error)
{
    /// <summary>Asserts that all was done and nothing was complained of.</summary>
    public Outcome IsDone()
    {
        Assert.AreEqual("", Error);
        Assert.AreEqual(0, ExitCode);
        return this;
    }

    /// <summary>Asserts that all was done, and that some words were said.</summary>
    public Outcome IsSaid(string words)
    {
        Assert.Contains(words, IsDone().Out);
        return this;
    }

    /// <summary>Asserts that all was done with notes before, and that some words were said.</summary>
    public Outcome IsSaidAfterNotes(string words)
    {
        Assert.IsTrue(Error.TrimEnd().Split('\n').All(line =>
            line.Length == 0 || line.StartsWith("note: ", StringComparison.Ordinal)), Error);
        Assert.AreEqual(0, ExitCode);
        Assert.Contains(words, Out);
        return this;
    }

    /// <summary>Asserts that it failed, in one line that says all of some things.</summary>
    public Outcome Failed(params string[] says) => Ended(1, says);

    /// <summary>Asserts that it failed when it had told what it took, in lines before.</summary>
    public Outcome FailedAfterNote(params string[] says) =>
        (this with { Error = string.Concat(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("note: ",
            StringComparison.Ordinal)).Select(line => line + "\n")) }).Failed(says);

    /// <summary>Asserts that the command line was wrong, said in one line that points to the help.</summary>
    public Outcome WasWrongUse(params string[] says) => Ended(2, [.. says, "--help'"]);

    private Outcome Ended(int exitCode, string[] says)
    {
        Assert.AreEqual(exitCode, ExitCode, Error);
        Assert.AreEqual("", Out);
        Assert.StartsWith("error: ", Error);
        Assert.EndsWith(Environment.NewLine, Error);
        Assert.DoesNotContain('\n', Error.TrimEnd(), "one line");
        Assert.DoesNotContain(" at Microsoft.", Error, "no stack trace");
        foreach (var words in says)
            Assert.Contains(words, Error);
        return this;
    }
}

/// <summary>A folder of a test's own with the tool at hand; gone when the test is.</summary>
internal sealed class Workplace : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("introspect-");

    /// <summary>The path of a file in the folder.</summary>
    public string this[string name] => Path.Combine(_folder.FullName, name);

    /// <summary>The names of all files in the folder.</summary>
    public string[] Files => [.. _folder.EnumerateFiles().Select(f => f.Name).Order()];

    /// <summary>A file that comes with the tests.</summary>
    public static string Given(string name) => Path.Combine(AppContext.BaseDirectory, "TestData", name);

    /// <summary>Runs the tool; "@name" stands for a file of the folder.</summary>
    public Task<Outcome> RunAsync(params string[] arguments) => RunAsync(CancellationToken.None, arguments);

    /// <inheritdoc cref="RunAsync(string[])"/>
    public async Task<Outcome> RunAsync(CancellationToken cancellation, params string[] arguments)
    {
        var (@out, error) = (new StringWriter(), new StringWriter());
        var exitCode = await Introspect.RunAsync(Resolve(arguments), new Terminal(@out, error), cancellation);
        return new Outcome(exitCode, @out.ToString(), error.ToString());
    }

    /// <summary>The arguments with "@name" replaced, after a '=' too.</summary>
    public string[] Resolve(params string[] arguments) => Array.ConvertAll(arguments, a =>
        a.StartsWith('@') ? this[a[1..]] : a.Split("=@") is [var before, var after] ? $"{before}={this[after]}" : a);

    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>A CSV result as its header and rows of cells.</summary>
    public string[][] ReadCsv(string name, char delimiter = ',') =>
        [.. File.ReadAllText(this[name]).TrimEnd('\n').Split('\n').Select(line => line.Split(delimiter))];

    public void Dispose() => _folder.Delete(recursive: true);
}
