using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Tool;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Documentation.Tests;

/// <summary>What documents show of shells.</summary>
[TestClass]
public sealed class ParsingCommands
{
    [TestMethod]
    public void Every_command_of_introspect_is_one_that_it_takes()
    {
        var commands = Repository.Documents.SelectMany(CodeBlock.In).SelectMany(CommandLine.In).Where(c => c.Words[0] == "introspect").ToList();
        Assert.IsTrue(commands.Count > 10);
        var errors = commands.SelectMany(Errors).ToList();
        Assert.IsEmpty(errors, string.Join('\n', errors));
    }

    [TestMethod]
    public void Scripts_and_projects_that_are_named_are_there()
    {
        var named = Repository.Documents.SelectMany(CodeBlock.In).SelectMany(CommandLine.In).SelectMany(c =>
            c.Words.Where(word => word.StartsWith("./build/", StringComparison.Ordinal) || word.StartsWith("build/", StringComparison.Ordinal))
                .Concat(c.Words.SkipWhile(word => word != "--project").Skip(1).Take(1)).Select(path => (c.Place, Path: path))).ToList();
        Assert.IsTrue(named.Count > 5);
        foreach (var (place, path) in named)
            Assert.IsTrue(Path.Exists(Repository.At(path)), $"{place}: there is no {path}.");
    }

    [TestMethod]
    [DataRow("introspect explain a.onnx --data b.csv --method no-such-method --output c.csv")]
    [DataRow("introspect compile a.onnx --methd saliency --output c.onnx")]
    [DataRow("introspect compil a.onnx")]
    [DataRow("introspect recipe kubernetes --shards 2 --image i --claim a=/a -- score m.json --data d.csv --exlain shap -o /a/o.csv")]
    public void A_command_that_it_does_not_take_is_told(string line) =>
        Assert.IsNotEmpty(Errors(new CommandLine("here", CommandLine.Split(line))));

    [TestMethod]
    [DataRow("introspect run m.json --data 'two words.csv'   # a comment", "introspect|run|m.json|--data|two words.csv")]
    [DataRow("$ ./build/test.sh \"\" a#b", "./build/test.sh||a#b")]
    [DataRow("# only a comment", "")]
    public void Lines_are_split_as_by_a_shell(string line, string words) => Assert.AreEqual(words, string.Join('|', CommandLine.Split(line)));

    [TestMethod]
    public void A_line_goes_on_behind_a_backslash()
    {
        var command = CodeBlock.Read("made-up.md", "```sh\nintrospect run m.json \\\n    --data d.csv\n```").SelectMany(CommandLine.In).Single();
        Assert.AreEqual("made-up.md(2): introspect run m.json --data d.csv", $"{command.Place}: {string.Join(' ', command.Words)}");
    }

    // A pipe or redirection ends the command; what stands in brackets may be left out.
    private static IEnumerable<string> Errors(CommandLine command)
    {
        string[] arguments =
            [.. command.Words.Skip(1).TakeWhile(word => word is not (">" or ">>" or "|" or "<" or "&&")).Select(word => word.Trim('[', ']'))];
        var parsed = Introspect.Root([new Option<bool>("--verbose") { Recursive = true }, .. new Isolation().Options],
            new Terminal(TextWriter.Null, TextWriter.Null)).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // Which methods there are is seen by the command itself only.
        var methods = parsed.CommandResult.Children.OfType<OptionResult>().Where(option => option.Option.Name == "--method")
            .SelectMany(option => option.Tokens).SelectMany(token => token.Value.Split(','))
            .Except([.. MethodCatalog.All.Select(method => method.Name), TreeMethod.MethodName]);
        // Behind '--' stands a command that is to be run elsewhere.
        var end = Array.IndexOf(arguments, "--");
        var within = end < 0 ? [] : Errors(command with { Words = ["introspect", .. arguments[(end + 1)..]] });
        return within.Concat(parsed.Errors.Select(error => error.Message).Concat(methods.Select(method => $"There is no method '{method}'."))
            .Select(error => $"{command.Place}: {error}"));
    }
}
