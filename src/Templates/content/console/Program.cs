using System.Globalization;
using Introspected;

// Scores the rows of a file and tells the reasons of each.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
using var model = new ExplainedModel(AppContext.BaseDirectory);
using var engine = model.CreateEngine();
var file = args.Length > 0 ? args[0] : Path.Combine(AppContext.BaseDirectory, "houses.csv");
foreach (var house in model.Read(file).Take(args.Length > 0 ? int.MaxValue : 10))
{
    var prediction = engine.Explain(house);
    var reasons = prediction.Reasons.Take(3).Select(reason => $"{reason.Value:+0.0;-0.0} {reason.Column}");
    var said = prediction.PredictedLabel ?? prediction.Scores[0].ToString("0.0");
    Console.WriteLine($"{said}  from {prediction.BaseValue:0.0}: {string.Join(", ", reasons)}");
}
