// Which properties of a galaxy tell the matter density of its universe? A linear regression and its SHAP values, exactly.
using System.Globalization;
using MathNet.Numerics.LinearRegression;
using MathNet.Numerics.Statistics;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Shapley;
using Samples;

if (Arguments.Read(args, "galaxies", ("row", 10, 0, 999, "the galaxy whose waterfall is drawn")) is not { } arguments)
    return 2;

// A galaxy in each line: fourteen properties, the matter density Ωm of its simulation, and whether others are compared with it.
var lines = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "galaxies", "galaxies.csv")).Select(line => line.Split(',')).ToArray();
var names = lines[0][..14];
var numbers = lines[1..].Select(line => line.Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray()).ToArray();
var properties = numbers.Select(galaxy => galaxy[..14]).ToArray();
var density = numbers.Select(galaxy => galaxy[14]).ToArray();
float[] background = [.. numbers.Where(galaxy => galaxy[15] == 1).SelectMany(galaxy => galaxy[..14]).Select(v => (float)v)];

// Least squares. From black-hole masses to spins the columns span 14 orders of magnitude, so they are standardised first: solved as it
// stands, what comes out depends on where the solver calls a singular value zero.
var moments = Enumerable.Range(0, 14).Select(f => properties.Select(galaxy => galaxy[f]).MeanStandardDeviation()).ToArray();
var standardised = properties.Select(galaxy => galaxy.Zip(moments, (x, m) => (x - m.Item1) / m.Item2).ToArray()).ToArray();
var solution = MultipleRegression.QR(standardised, density, intercept: true);
double[] weights = [.. solution.Skip(1).Zip(moments, (w, m) => w / m.Item2)];
var model = new LinearModel(weights, solution[0] - weights.Zip(moments, (w, m) => w * m.Item1).Sum());

// SHAP values of a linear model are exact: weight times distance from the mean of the background.
float[] rows = [.. properties.SelectMany(galaxy => galaxy).Select(v => (float)v)];
var shap = new LinearShap(model, new LinearShapOptions { Background = background });
var values = new double[rows.Length];
shap.Values(rows, values);
var explained = new ShapValues(names, shap.BaseValues[0], values, rows)
{
    OutputName = "Ωm", RowNames = [.. density.Select((d, i) => string.Create(CultureInfo.InvariantCulture, $"galaxy {i}, Ωm {d}"))],
};

var residual = density.Zip(explained.Predictions, (truth, told) => (truth - told) * (truth - told)).Sum();
var r2 = 1 - residual / (density.Length * density.PopulationVariance());
Console.WriteLine(FormattableString.Invariant($"R² {r2:0.000} over {density.Length} galaxies; mean |SHAP|:"));
foreach (var f in explained.Ranking)
    Console.WriteLine(FormattableString.Invariant($"  {names[f],-7} {explained.MeanAbsolute[f]:0.00000}"));
Console.WriteLine($"These galaxies are of {density.Distinct().Count()} simulations only: what tells them apart need not tell others.");

var row = arguments["row"];
ShapReport.Of(explained, new ShapReportOptions
{
    Title = "Ωm from a galaxy", MaximumFeatures = 14, Rows = [row],
    Facts = [("Model", "linear regression on 14 properties"), ("Background", "100 galaxies")],
}).Save(arguments.File("galaxies.html"));
File.WriteAllText(arguments.File("waterfall.svg"), new Waterfall(explained, row, maximumFeatures: 14).ToSvg());
var beeswarm = new Beeswarm(explained, new BeeswarmOptions { MaximumFeatures = 14, MaximumRows = 400 });
File.WriteAllText(arguments.File("beeswarm.svg"), beeswarm.ToSvg());
NpyArray.From(values, density.Length, 14).Save(arguments.File("shap.npy"));
return arguments.Done();
