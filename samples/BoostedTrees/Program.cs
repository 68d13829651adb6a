// Which measurements decide, and for which tumour? Boosted trees explained exactly: trained here with ML.NET, and handed over from Python.
using BoostedTrees;
using Microsoft.ML;
using Microsoft.ML.Introspection.Importers;

if (args is not ([] or ["--output", not ""]))
{
    Console.Error.WriteLine("Usage: BoostedTrees [--output DIR]\n\n  --output DIR   where reports and the saved pipeline go "
        + "(artifacts/boosted-trees here unless given; made if need be)");
    return args is ["--help" or "-h"] ? 0 : 2;
}
var output = Directory.CreateDirectory(args is [_, var folder] ? folder : Path.Combine("artifacts", "boosted-trees")).FullName;

var mlContext = new MLContext(seed: 0);
var training = Tumour.Load(mlContext, "breast_cancer_train.csv");
var unseen = Tumour.Load(mlContext, "breast_cancer_test.csv");

// A model of ML.NET: scores and reasons in one pass.
var (model, link) = TrainedHere.Fit(mlContext, training);
var explained = model.Transform(unseen);
var values = Explained.Read(mlContext, explained, link);
Explained.Print("100 trees trained here with FastTree", values);
Explained.Save("FastTree, 100 trees", values, Path.Combine(output, "trained_here.html"));

// Saved and loaded, the reasons are ML.NET's own OnnxTransformer, which needs no plugin.
var file = Path.Combine(output, "trained_here.zip");
mlContext.Model.Save(model, training.Schema, file);
var loaded = mlContext.Model.Load(file, out _);
Console.WriteLine($"""
    Saved and loaded, the pipeline is {string.Join(" > ", ((IEnumerable<ITransformer>)loaded).Select(part => part.GetType().Name))};
    largest difference between its SHAP values and those above: {Explained.LargestDifference(explained, loaded.Transform(unseen)):G2}

    """);

// A model of XGBoost, as its save_model writes it: the file is all there is.
var trees = Path.Combine(AppContext.BaseDirectory, "models", "xgb_breast_cancer.json");
var ensemble = TreeFile.Load(trees);
var scoring =
    mlContext.Transforms.CustomMapping<Measurements, Scored>((row, scored) => scored.Score = ensemble.LogOdds(row.Features),
        contractName: null)
    .Append(mlContext.Transforms.Shap("Shap", "Features", trees, Explained.Columns));
var theirs = Explained.Read(mlContext, scoring.Fit(training).Transform(unseen), ensemble.Link);
Explained.Print("XGBoost's 100 trees, from a file", theirs);
Explained.Save("xgb_breast_cancer.json", theirs, Path.Combine(output, "xgboost.html"));

Console.WriteLine($"Reports and pipeline in {output}");
return 0;
