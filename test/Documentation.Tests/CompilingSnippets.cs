namespace Microsoft.ML.Introspection.Documentation.Tests;

/// <summary>What documents show of C#.</summary>
[TestClass]
[DoNotParallelize]
public sealed class CompilingSnippets
{
    [TestMethod]
    public void Every_block_compiles_and_those_that_say_so_run()
    {
        var snippets = new Snippets(Repository.Documents.SelectMany(CodeBlock.In));
        Assert.IsEmpty(snippets.Errors, string.Join('\n', snippets.Errors));
        var failures = snippets.Run();
        Assert.IsEmpty(failures, string.Join("\n\n", failures));
    }

    [TestMethod]
    public void An_error_is_told_by_document_and_line()
    {
        var snippets = Of("""
            Words.

            ```csharp
            var sum = 1 + 1;
            var other = smu;
            ```
            """);
        Assert.ContainsSingle(snippets.Errors);
        Assert.StartsWith("made-up.md(5): CS0103", snippets.Errors[0]);
        Assert.AreEqual(snippets.Errors[0], snippets.Run()[0]);
    }

    [TestMethod]
    public void What_a_run_throws_is_told_with_the_block()
    {
        var failures = Of("""
            <!-- run -->
            ```csharp
            throw new InvalidOperationException("no way");
            ```
            """).Run();
        Assert.ContainsSingle(failures);
        Assert.StartsWith("made-up.md(3): System.InvalidOperationException: no way", failures[0]);
    }

    [TestMethod]
    public void A_block_with_usings_has_no_others()
    {
        Assert.IsEmpty(Of("```csharp\nvar target = Target.ArgMax;\n```").Errors);
        Assert.IsEmpty(Of("```csharp\nusing Microsoft.ML.Introspection.Models;\n\nvar target = Target.ArgMax;\n```").Errors);
        Assert.ContainsSingle(Of("```csharp\nusing Microsoft.ML;\n\nvar target = Target.ArgMax;\n```").Errors);
    }

    [TestMethod]
    public void A_block_may_continue_another_declare_types_and_be_members_of_one()
    {
        Assert.IsEmpty(Of("""
            <!-- run -->
            ```csharp
            var pair = new Pair(1, 2);

            record Pair(int First, int Second);
            ```

            <!-- run, continues -->
            ```csharp
            using var reader = new StringReader("x");
            await Task.Yield();
            Console.WriteLine(reader.ReadToEnd() + nameof(reader));
            ```

            <!-- members of: sealed class Both : Dictionary<string, int>, IComparable<Both> -->
            ```csharp
            public int CompareTo(Both? other) => 0;
            ```
            """.Replace("var pair = new Pair(1, 2);", "var pair = 1;")).Errors);
        Assert.IsEmpty(Of("```csharp\nrecord Pair(int First);\n```\n\n<!-- run, continues -->\n```csharp\nif (new Pair(7).First != 7) throw new Exception();\n```").Run());
        Assert.IsEmpty(Of("```csharp\nvar seven = 7;\n```\n\n<!-- run, continues -->\n```csharp\nif (seven != 7) throw new Exception();\n```").Run());
    }

    [TestMethod]
    [DataRow("<!-- run, contxt: Trees -->\n```csharp\n```", "'contxt' is not known")]
    [DataRow("<!-- run -->\nWords between.\n```csharp\n```", "right above")]
    [DataRow("```csharp\nvar a = 1;", "no end")]
    public void Mistakes_above_and_around_a_block_are_told(string markdown, string told) =>
        Assert.Contains(told, Assert.ThrowsExactly<InvalidDataException>(() => CodeBlock.Read("made-up.md", markdown).ToList()).Message);

    private static Snippets Of(string markdown) => new(CodeBlock.Read("made-up.md", markdown));
}
