using Microsoft.ML.Introspection.Catalog;
using System.Reflection;
using Microsoft.ML.Introspection.Attribution;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class GettingHelp
{
    [TestMethod]
    [DataRow("", "layers", "compile", "explain", "shap", "--version", "--verbose")]
    [DataRow("layers", "<MODEL>", "--json", "--dimension <NAME=N>", "--row-shape", "introspect layers digits.onnx")]
    [DataRow("compile", "<MODEL>", "--method", "--target", "--output", "--attribution-name", "--target-name", "--score-name", "--input",
        "--output-tensor",
        "--keep-final-activation", "--per-token <sum|l2>", "--layer", "--gap-name", "--smooth", "--dimension", "--pass-through",
        "--base-name", "tree-shap Exact Shapley values of the trees", "introspect compile digits.onnx --method saliency")]
    [DataRow("explain", "<MODEL>", "--data", "--method", "--target", "--output", "--batch-size", "--threads", "--device <cpu|cuda[:N]>",
        "--allow-cpu", "--scale",
        "--columns", "--label-column", "--id-column", "--no-header", "--delimiter", "FILE.target.npy",
        "introspect explain digits.onnx --data digits.csv")]
    [DataRow("shap", "<MODEL>", "--data", "--output", "--algorithm", "--background <FILE|data|mean|zero>", "--background-rows", "--target",
        "--output-kind <raw|prediction>", "--interactions",
        "--report <FILE.html>", "--group <NAME=A,B,…>", "--groups <FILE.npy|one-hot>", "--scale", "--columns", "--label-column",
        "--id-column", "--threads", "FILE.base.npy",
        "Load only pipelines that you trust", "introspect shap model.json --data rows.csv")]
    public async Task Tells_every_option_examples_and_exit_codes(string command, params string[] says)
    {
        using var work = new Workplace();
        foreach (var flag in (string[])["--help", "-h", "-?"])
        {
            var help = Flat((await work.RunAsync(command.Length == 0 ? [flag] : [command, flag])).IsDone().Out);
            foreach (var words in says)
                Assert.Contains(words, help);
            Assert.Contains("Exit codes:", help);
        }
    }

    // An option of a method would hide the command's own of that name.
    [TestMethod]
    public void No_command_has_two_options_of_one_name()
    {
        foreach (var command in Introspect.Root([], new Terminal(TextWriter.Null, TextWriter.Null)).Subcommands)
        {
            var names = command.Options.SelectMany(o => (string[])[o.Name, .. o.Aliases]).ToList();
            Assert.AreEqual("", string.Join(' ', names.GroupBy(n => n).Where(n => n.Count() > 1).Select(n => n.Key)), command.Name);
        }
    }

    [TestMethod]
    [DataRow("compile")]
    [DataRow("explain")]
    public async Task Takes_methods_and_their_options_from_the_catalog(string command)
    {
        using var work = new Workplace();
        var all = Flat((await work.RunAsync(command, "--help")).IsDone().Out);
        foreach (var method in MethodCatalog.All)
        {
            Assert.Contains($"{method.Name} {method.Summary}", all);
            var help = (await work.RunAsync(command, "--method", method.Name, "--help")).IsDone().Out;
            foreach (var line in help.Split('\n'))
                Assert.IsTrue(line.TrimEnd().Length <= 100, line);
            Assert.DoesNotContain("Exit codes", help);
            help = Flat(help);
            Assert.Contains(method.Paper, help);
            Assert.Contains($"introspect {command} MODEL", help);
            foreach (var option in method.Options.Concat(MethodCatalog.Common))
            {
                Assert.Contains($"--{option.Name}", all);
                Assert.Contains($"--{option.Name} ", help);
                Assert.Contains(Flat(option.Default.Length > 0 ? $"{option.Summary} [default: {option.Default}]" : option.Summary), help);
                foreach (var value in option.Values ?? [])
                    Assert.Contains(value, help);
            }
        }
    }

    [TestMethod]
    public async Task Takes_the_algorithms_for_shapley_values_from_the_catalog()
    {
        using var work = new Workplace();
        var help = Flat((await work.RunAsync("shap", "--help")).IsDone().Out);
        foreach (var method in MethodCatalog.All.Where(m => m.Name.EndsWith("-shap", StringComparison.Ordinal)))
        {
            Assert.Contains($" {method.Name[..^5]} {method.Summary}", help);
            var own = Flat((await work.RunAsync("shap", "--algorithm", method.Name[..^5], "--help")).IsDone().Out);
            foreach (var option in method.Options.Where(o => o.Name is not ("baseline" or "groups" or "spread")))
                Assert.Contains(option.Default.Length > 0 ? $"{option.Summary} [default: {option.Default}]" : option.Summary, own);
        }
        foreach (var otherwise in (string[])["--baseline", "--spread", "lime", "qii"])
            Assert.DoesNotContain(otherwise, help);
    }

    [TestMethod]
    public async Task Is_what_a_bare_command_gets()
    {
        using var work = new Workplace();
        Assert.AreEqual((await work.RunAsync("--help")).IsDone().Out, (await work.RunAsync()).IsDone().Out);
    }

    [TestMethod]
    [DataRow("explan", "Did you mean 'explain'?")]
    [DataRow("explain m.onnx --methd saliency", "Did you mean '--method'?")]
    [DataRow("shap m.onnx --data r.csv --outptu o.csv", "Did you mean '--output'?")]
    [DataRow("explain m.onnx --data r.csv --output o.csv --method salency", "Did you mean 'saliency'?")]
    [DataRow("explain m.onnx --data r.csv --output o.csv --method gradcam", "Did you mean 'grad-cam'")]
    [DataRow("shap m.onnx --data r.csv --output o.csv --algorithm kernl", "Did you mean 'kernel'?")]
    [DataRow("completion bsh", "Did you mean 'bash'")]
    public async Task Guesses_what_was_meant(string line, string says)
    {
        using var work = new Workplace();
        (await work.RunAsync(line.Split(' '))).WasWrongUse(says);
    }

    [TestMethod]
    [DataRow("bash", "complete -o default -F _introspect introspect")]
    [DataRow("zsh", "compdef _introspect introspect")]
    [DataRow("powershell", "Register-ArgumentCompleter -Native -CommandName introspect")]
    public async Task Teaches_shells_to_complete(string shell, string says)
    {
        using var work = new Workplace();
        Assert.Contains(says, (await work.RunAsync("completion", shell)).IsDone().Out);
        const string line = "introspect explain net.onnx --met";
        Assert.Contains("--method", (await work.RunAsync($"[suggest:{line.Length}]", line)).IsDone().Out);
        const string method = "introspect explain net.onnx --method grad-";
        Assert.Contains("grad-cam-plus-plus", (await work.RunAsync($"[suggest:{method.Length}]", method)).IsDone().Out);
    }

    // Lines are folded where they are long.
    private static string Flat(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [TestMethod]
    public async Task Comes_even_where_the_command_line_is_unfinished()
    {
        using var work = new Workplace();
        (await work.RunAsync("explain", "@model.onnx", "--method", "saliency", "--help")).IsDone();
    }

    [TestMethod]
    public async Task Tells_the_version()
    {
        using var work = new Workplace();
        var version = typeof(Introspect).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        Assert.AreEqual(version + Environment.NewLine, (await work.RunAsync("--version")).IsDone().Out);
        Assert.MatchesRegex(@"^\d+\.\d+\.\d+", version);
    }
}
