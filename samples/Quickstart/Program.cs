// Trained networks and why they say what they say: two in ML.NET pipelines, for a table and for small images, two by themselves.
using Microsoft.ML;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Models;
using Quickstart;

if (!Arguments.TryRead(args, out var output, out var exitCode))
    return exitCode;

var mlContext = new MLContext(seed: 0);

// A table: which measurements make the network think that a tumour is malignant?
var network = Files.Model("mlp_breast_cancer.onnx");
var malignant = Target.Difference(why: (int)Diagnosis.Malignant, whyNot: (int)Diagnosis.Benign);
var training = Tumour.Load(mlContext, "breast_cancer_train.csv");
var unseen = Tumour.Load(mlContext, "breast_cancer_test.csv");

var pipeline = mlContext.Transforms.NormalizeMeanVariance("input", "Features", fixZero: false)  // the scale the network was trained on
    .Append(mlContext.Transforms.ApplyOnnxModel("logits", "input", network))                    // what it says
    .Append(mlContext.Transforms.Saliency("Saliency", "input", network, malignant))             // why: ∂f/∂x
    .Append(mlContext.Transforms.InputXGradient("Contribution", "input", network, malignant));  // why: x·∂f/∂x

using var model = pipeline.Fit(training);
var explained = model.Transform(unseen);
var tumours = mlContext.Data.CreateEnumerable<Tumour>(explained, reuseRowObject: false).ToList();
var measurements = explained.Schema["Contribution"].GetSlotNames();
TumourTable.Print(tumours, measurements);

// Saved and loaded: explanations come back as ML.NET's own OnnxTransformer, which needs no plugin.
var file = Path.Combine(output, "breast_cancer.zip");
mlContext.Model.Save(model, training.Schema, file);
var loaded = mlContext.Model.Load(file, out _);
Loaded.Print(loaded, difference: Loaded.LargestDifference("Contribution", explained, loaded.Transform(unseen)));

// Images: where does ink speak for the digit that the network sees? Here the prediction comes with the explanation, in one pass.
var reader = Files.Model("cnn_digits_softmax.onnx");
var reading = mlContext.Transforms.NormalizeMinMax("Ink", "Pixels")
    .Append(mlContext.Transforms.Saliency("Saliency", "Ink", reader, new SaliencyOptions
    {
        TargetColumnName = "Digit",
        ScoreColumnName = "Score",
        OutputColumns = new Dictionary<string, string> { ["probabilities"] = "Probabilities" },
    }))
    .Append(mlContext.Transforms.InputXGradient("Contribution", "Ink", reader))
    .Append(mlContext.Transforms.Saliency("SaliencyOfMeant", "Ink", reader, Target.Label("Label")));

using var digitModel = reading.Fit(DigitImage.BlankAndFull(mlContext));
var images = digitModel.Transform(DigitImage.Load(mlContext, "digits_test.csv"));
var digits = mlContext.Data.CreateEnumerable<Digit>(images, reuseRowObject: false).ToList();
DigitSketch.Print(digits);

// Without ML.NET: an explanation is a model, to be run like any other. One image under all methods; sentences, word by word.
var photograph = Photograph.Explain();
var sentences = Sentence.ExplainAll();
Console.WriteLine($"""
    A digit on a photograph, seen as {photograph.Seen}: {photograph.Maps.Count} maps of why, in the report.
    "{string.Join(' ', sentences[0].Words.Select(word => word.Token))}": {(sentences[0].Score > 0 ? "praise" : "blame")}, most of all for "{sentences[0].MostTelling}".

    """);

// Everything on one page, and pictures of the digits.
var report = Path.Combine(output, "report.html");
var pictures = Path.Combine(output, "digits");
Page.Save(tumours, measurements, digits, photograph, sentences, report);
var count = DigitPictures.Save(digits, pictures);
Console.WriteLine($"""
    Report      {report}
    {count} pictures {pictures}
    Pipeline    {file}
    """);
return 0;
