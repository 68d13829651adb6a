namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class UsingItWrongly
{
    private const string Compile = "compile model.onnx --method saliency --output e.onnx";
    private const string Shap = "shap model.json --data rows.csv --output out.csv";
    private const string Explain = "explain model.onnx --data rows.csv --method saliency --output out.csv";

    [TestMethod]
    [DataRow("explode", "'explode'")]
    [DataRow("layers", "Required argument missing for command: 'layers'.")]
    [DataRow("layers model.onnx other.onnx", "'other.onnx'")]
    [DataRow("layers model.onnx --dimension n", "--dimension takes NAME=N, such as sequence=128; 'n' was given.")]
    [DataRow("layers model.onnx --dimension n=0", "'n=0' was given.")]
    [DataRow("layers model.onnx --dimension n=1,2", "'n=1,2' was given.")]
    [DataRow("layers model.onnx --dimension n=1 --dimension n=2", "--dimension is given twice for 'n'.")]
    [DataRow("layers model.onnx --row-shape x=3,-1", "--row-shape takes INPUT=N,N,…")]
    [DataRow("compile model.onnx --output e.onnx", "Option '--method' is required.")]
    [DataRow("compile model.onnx --method saliency", "Option '--output' is required.")]
    [DataRow("compile --method saliency --output e.onnx", "Required argument missing")]
    [DataRow(Compile + " --loud", "'--loud'")]
    [DataRow(Compile + " --method input-x-gradient", "--method")]
    [DataRow("compile model.onnx --method salience --output e.onnx", "There is no method 'salience'. Did you mean 'saliency'? There are saliency, input-x-gradient")]
    [DataRow(Compile + " --form loud", "The option 'form' of saliency takes signed, absolute, channel-maximum; 'loud' was given.")]
    [DataRow("compile model.onnx --method input-x-gradient --form signed --output e.onnx",
        "The method input-x-gradient has no option 'form'")]
    [DataRow(Compile + " --smooth many", "The option 'smooth' takes a whole number; 'many' was given.")]
    [DataRow(Compile + " --smooth 5 --noise=-1", "The noise must be a number not below 0.")]
    [DataRow(Compile + " --smooth 5 --smooth-form rough",
        "The option 'smooth-form' of saliency takes mean, square, variance; 'rough' was given.")]
    [DataRow(Compile + " --steps 5", "The method saliency has no option 'steps'")]
    [DataRow(Compile + " --layer conv --input x", "--layer conv attributes to a layer instead of an input; leave --input out.")]
    [DataRow(Compile + " --layer=", "Required argument missing for option: '--layer'.")]
    [DataRow(Compile + " --gap-name=", "Required argument missing for option: '--gap-name'.")]
    [DataRow(Compile + " --per-token most", "--per-token takes sum or l2; 'most' was given.")]
    [DataRow("explain model.onnx --data rows.npy --method integrated-gradients --gap-name score --output out.npy",
        "Two of the arrays would lie in one file")]
    [DataRow(Compile + " --target best", "'best' is no target; expected argmax, a class number")]
    [DataRow(Compile + " --target 1-2-3", "'1-2-3' is no target")]
    [DataRow(Compile + " --target label:", "'label:' is no target")]
    [DataRow(Compile + " --target 99999999999", "'99999999999' is no target")]
    [DataRow(Compile + " --attribution-name=", "--attribution-name")]
    [DataRow(Compile + " --pass-through logits", "--pass-through takes OUTPUT=NAME; 'logits' was given.")]
    [DataRow("compile model.onnx --method saliency --output model.onnx", "is the file that is read")]
    [DataRow("compile model.onnx --method saliency --output ./model.onnx", "is the file that is read")]
    [DataRow("explain model.onnx --method saliency --output out.csv", "Give rows with --data, or images with --images")]
    [DataRow("explain model.onnx --data rows.csv --output out.csv", "Option '--method' is required.")]
    [DataRow("explain model.onnx --data rows.csv --method saliency", "Option '--output' is required.")]
    [DataRow("explain model.onnx --data rows.xls --method saliency --output out.csv",
        "'rows.xls' has no known ending; expected .csv, .tsv, .jsonl (each also .gz), .parquet, .arrow, .npy or .npz")]
    [DataRow("explain model.onnx --data rows.csv --method saliency --output out", "'out' has no known ending")]
    [DataRow("explain model.onnx --data rows.csv --method saliency --output rows.csv", "is the file that is read")]
    [DataRow("explain model.onnx --data out.score.npy --method saliency --output out.npy",
        "The output 'out.score.npy' is the file that is read")]
    [DataRow("explain model.onnx --data rows.npy --method saliency --target-name score --output out.npy",
        "Two of the arrays would lie in one file")]
    [DataRow("explain model.onnx --data rows.npy --columns a,b --method saliency --output out.csv", "has no columns to name")]
    [DataRow("explain model.onnx --data rows.npy --id-column a --method saliency --output out.csv", "has no columns to name")]
    [DataRow(Explain + " --data x=", "--data takes FILE or INPUT=FILE")]
    [DataRow(Explain + " --batch-size 0", "The batch size must lie between 1 and")]
    [DataRow(Explain + " --batch-size many", "--batch-size")]
    [DataRow(Explain + " --threads 0", "The number of threads must be at least 1")]
    [DataRow(Explain + " --device tpu", "'tpu' is no device; expected cpu, cuda, or cuda:N")]
    [DataRow(Explain + " --device cuda:x", "'cuda:x' is no device")]
    [DataRow(Explain + " --attribution-name a", "--attribution-name")]
    [DataRow("compile model.json --method tree-shap --input x --output e.onnx",
        "--input is for networks; the method tree-shap is for trees.")]
    [DataRow("compile model.json --method tree-shap --pass-through a=b --output e.onnx", "--pass-through is for networks")]
    [DataRow("compile model.json --method tree-shap --samples 5 --output e.onnx",
        "The method tree-shap has no option 'samples'; it has groups, baseline, interactions.")]
    [DataRow("compile model.json --method tree-shap --interactions some --output e.onnx",
        "The option 'interactions' of tree-shap takes true, false; 'some' was given.")]
    [DataRow("compile model.json --method tree-shap --baseline blur:2 --output e.onnx",
        "takes zero, a number, or a .npy file; 'blur:2' was given.")]
    [DataRow("compile model.json --method tree-shap --baseline zero --interactions true --output e.onnx",
        "Interaction values are path-dependent")]
    [DataRow("compile model.json --method tree-shap --target layer:x --output e.onnx", "lies inside a network")]
    [DataRow(Explain + " --interactions true", "--interactions")]
    [DataRow("explain model.json --data rows.csv --method tree-shap --output out.csv", "There is no method 'tree-shap'")]
    [DataRow("shap --data rows.csv --output out.csv", "Required argument missing")]
    [DataRow("shap model.json --output out.csv", "Option '--data' is required.")]
    [DataRow("shap model.json --data rows.csv", "Option '--output' is required.")]
    [DataRow("shap model.json --data rows.xls --output out.csv", "'rows.xls' has no known ending")]
    [DataRow("shap model.json --data rows.csv --output out", "'out' has no known ending")]
    [DataRow(Shap + " --method kernel-shap", "--method")]
    [DataRow(Shap + " --algorithm best",
        "There is no algorithm 'best'. There are auto, tree, linear, exact, kernel, permutation, sampling, partition, gradient, deep.")]
    [DataRow(Shap + " --algorithm tree --samples 10",
        "The algorithm tree has no option 'samples'. It belongs to kernel, sampling, gradient.")]
    [DataRow(Shap + " --algorithm exact --seed 2",
        "The algorithm exact has no option 'seed'. It belongs to auto, linear, kernel, permutation, sampling, gradient.")]
    [DataRow(Shap + " --samples 10",
        "The algorithm auto has no option 'samples'; it has permutations, seed. It belongs to kernel, sampling, gradient.")]
    [DataRow(Shap + " --algorithm kernel --samples many", "The option 'samples' takes a whole number; 'many' was given.")]
    [DataRow(Shap + " --algorithm permutation --permutations 0", "At least one order is needed.")]
    [DataRow(Shap + " --algorithm partition --hierarchy alphabetic",
        "The option 'hierarchy' of partition takes auto, correlation, order; 'alphabetic' was given.")]
    [DataRow(Shap + " --algorithm linear --dependence strong",
        "The option 'dependence' of linear takes independent, gaussian; 'strong' was given.")]
    [DataRow(Shap + " --algorithm linear --shrinkage 2", "The shrinkage lies from 0 to 1.")]
    [DataRow(Shap + " --algorithm kernel --interactions", "--interactions is for trees; the algorithm kernel gives no interaction values.")]
    [DataRow(Shap + " --background data --interactions", "--interactions gives path-dependent values, which have no background")]
    [DataRow(Shap + " --background median",
        "--background takes a file of rows, data, mean or zero; 'median' was given.")]
    [DataRow(Shap + " --background rows.txt", "'rows.txt' has no known ending")]
    [DataRow(Shap + " --background data --background-rows 0", "--background-rows takes a number from 1 on; '0' was given.")]
    [DataRow(Shap + " --target 1-2-3", "'1-2-3' is no target; expected all, argmax, a class number")]
    [DataRow(Shap + " --target name:best", "'name:best' is no target; expected all, argmax, a class number or class:NAME")]
    [DataRow(Shap + " --target unit:conv:1", "lies inside a network; SHAP values are of its outputs. 'introspect explain'")]
    [DataRow(Shap + " --output-kind probability", "--output-kind takes raw or prediction; 'probability' was given.")]
    [DataRow(Shap + " --group size", "--group takes NAME=A,B,…, such as size=radius,area; 'size' was given.")]
    [DataRow(Shap + " --group size=a --group size=b", "--group is given twice for 'size'.")]
    [DataRow(Shap + " --group size=a --groups one-hot", "--group and --groups say the same in two ways")]
    [DataRow(Shap + " --report report.pdf", "--report takes a file that ends in .html")]
    [DataRow(Shap + " --report rows.html --background rows.html", "'rows.html' has no known ending")]
    [DataRow("shap model.json --data rows.csv --output rows.csv", "is the file that is read")]
    [DataRow("shap model.json --data out.base.npy --output out.npy", "The output 'out.base.npy' is the file that is read")]
    [DataRow("shap model.json --data rows.csv --background out.csv --output out.csv", "is the file that is read")]
    [DataRow("shap model.html --data rows.csv --output out.csv --report model.html", "is the file that is read")]
    [DataRow("shap model.json --data rows.npy --label-column a --output out.csv", "has no columns to name")]
    [DataRow(Shap + " --threads 0", "The number of threads must be at least 1")]
    public async Task Ends_with_2_whatever_the_files_hold(string arguments, string says)
    {
        using var work = new Workplace();
        // Files are named without a folder; the tests run side by side, so the current folder cannot be changed.
        var resolved = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(
                a => a is "--output" || !a.Contains('.') || a.Contains("..") ? a
                    : a.StartsWith("./", StringComparison.Ordinal) ? Path.Combine(work["."], a[2..]) : work[a]);
        var outcome = await work.RunAsync([.. resolved]);
        (outcome with { Error = outcome.Error.Replace(work[""] + Path.DirectorySeparatorChar, "") }).WasWrongUse(says);
        Assert.IsEmpty(work.Files);
    }
}
