using System.Globalization;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Reports;

namespace Quickstart;

/// <summary>The report.</summary>
internal static class Page
{
    private const int PictureWidth = 136;
    private const int MapWidth = 172;
    private const char NoBreak = '\u00A0';

    public static void Save(IReadOnlyList<Tumour> tumours, IReadOnlyList<string> measurements, IReadOnlyList<Digit> digits,
        Photograph photograph, IReadOnlyList<Sentence> sentences, string path) =>
        new Report("Why did the network say that?", "Networks for tables, images and sentences, and what made them answer as they did")
        {
            new Facts(
                ("Breast cancer", Percent.OfRight(tumours.Select(tumour => tumour.IsRight))),
                ("Handwritten digits", Percent.OfRight(digits.Select(digit => digit.IsRight))),
                ("Rows", "none seen in training"),
                ("Methods", photograph.Maps.Select(map => map.Method).Distinct().Count().ToString(CultureInfo.InvariantCulture))),
            UnderAllMethods(photograph),
            WordByWord(sentences),
            TableOf(tumours, measurements),
            Closely(tumours, measurements),
            Together(tumours, measurements),
            ReadRight(digits),
            ReadWrong(digits),
        }.Save(path);

    private static Section UnderAllMethods(Photograph photograph) => new(
        "One image under all methods",
        string.Create(CultureInfo.InvariantCulture, $"a digit on a photograph, seen as {photograph.Seen}, score {photograph.Score:0.00}"))
    {
        new Paragraph("""
            All maps answer one question: what made the score of the digit that the network sees? They answer in units of their own, so each has its own scale. Red speaks for the digit, blue against it, summed over the colour channels; maps in one colour have no sign, and are the stronger the more a place matters.
            """),
        new MethodGallery(photograph.Image, photograph.Maps, new() { Heatmap = new() { Scale = 4 }, PictureWidth = MapWidth }),
    };

    private static Section WordByWord(IReadOnlyList<Sentence> sentences)
    {
        var section = new Section("Sentences, word by word", "praise or blame?")
        {
            new Paragraph("""
                A recurrent network reads sentences about films, word by word. What is explained is its score for praise less that for blame; integrated gradients share it out among the words, from a baseline of empty embeddings. Red speaks for praise, blue (underlined) for blame. Point at a word to see its number; all sentences have the same scale.
                """),
        };
        var reach = sentences.Max(sentence => sentence.Words.Max(word => Math.Abs(word.Attribution)));
        foreach (var sentence in sentences)
        {
            section.Add(new ColoredText(sentence.Words, new() { Reach = reach })
            {
                Caption = string.Create(CultureInfo.InvariantCulture,
                    $"Meant as {Praise(sentence.IsPraise)}, read as {Praise(sentence.Score > 0)}, score {sentence.Score:+0.00;−0.00}"),
            });
        }
        return section;

        static string Praise(bool isPraise) => isPraise ? "praise" : "blame";
    }

    private static Section TableOf(IReadOnlyList<Tumour> tumours, IReadOnlyList<string> measurements)
    {
        var table = new Table("Row", "Truth", "Prediction", "Right", "Log-odds", "Most telling measurements")
        {
            Caption = "The first rows and every mistake. Log-odds above 0 mean malignant. Red speaks for malignant, blue for benign.",
        };
        foreach (var (row, tumour) in TumourTable.Shown(tumours))
        {
            table.Add(
                row, TumourTable.NameOf(tumour.Truth), Prediction(tumour), tumour.IsRight, Math.Round(tumour.LogOdds, 2),
                tumour.MostTelling(measurements).Take(3)
                    .Select(item => new FeatureAttribution(item.Measurement, Math.Round(item.Contribution, 2))));
        }

        return new Section("Breast cancer", "30 measurements of cell nuclei: malignant or benign?")
        {
            new Paragraph("""
                What is explained is the log-odds of malignancy: the network's score for malignant less its score for benign. The numbers beside the measurements are their contributions, input × gradient, in log-odds. The network's inputs are standardised, so a contribution compares with the average tumour of the training data: +0.5 says that this measurement, for being other than average, adds 0.5 to first order.
                """),
            table,
        };
    }

    private static Section Closely(IReadOnlyList<Tumour> tumours, IReadOnlyList<string> measurements)
    {
        var rows = tumours.Select((tumour, i) => (Row: i + 1, Tumour: tumour)).ToList();
        return new Section("Four of them closely", "first what each measurement adds, then what more of it would add")
        {
            Card("The surest malignant", rows.MaxBy(item => item.Tumour.LogOdds)),
            Card("The surest benign", rows.MinBy(item => item.Tumour.LogOdds)),
            Card("The closest call", rows.MinBy(item => Math.Abs(item.Tumour.LogOdds))),
            Card("The surest mistake", rows.Where(item => !item.Tumour.IsRight).MaxBy(item => Math.Abs(item.Tumour.LogOdds))),
        };

        Section Card(string name, (int Row, Tumour Tumour) item) => new(
            $"{name}: row {item.Row}",
            $"truth {TumourTable.NameOf(item.Tumour.Truth)}, prediction {Prediction(item.Tumour)}")
        {
            new AttributionBars(item.Tumour.MostTelling(measurements).Select(telling =>
                new FeatureAttribution(telling.Measurement, telling.Contribution,
                    telling.Value.ToString("G4", CultureInfo.InvariantCulture))))
            {
                MaximumBars = 8,
                Caption = "Contribution (input × gradient): log-odds that the measured value, written beside the name, adds. Red for "
                    + "malignant, blue for benign.",
            },
            new AttributionBars(measurements.Zip(item.Tumour.Saliency, (name, gradient) => new FeatureAttribution(name, gradient)))
            {
                MaximumBars = 8,
                Caption = "Saliency (gradient): log-odds that one standard deviation more would add, to first order. Red towards "
                    + "malignant, blue towards benign.",
            },
        };
    }

    private static Section Together(IReadOnlyList<Tumour> tumours, IReadOnlyList<string> measurements)
    {
        return new Section("All of them together", $"averages over {tumours.Count} tumours")
        {
            Averages(
                (tumour, i) => Math.Abs(tumour.Contribution[i]),
                "Mean size of the contribution, in log-odds, whichever way the measurement spoke: the longer a bar, the more the network "
                    + "relies on it.",
                signed: false),
            Averages(
                (tumour, i) => tumour.Saliency[i],
                "Mean saliency, in log-odds per standard deviation. Red: more of it speaks for malignant. Blue: more of it speaks for "
                    + "benign.",
                signed: true),
        };

        AttributionBars Averages(Func<Tumour, int, float> value, string caption, bool signed) =>
            new(measurements.Select((name, i) => new FeatureAttribution(name, tumours.Average(tumour => value(tumour, i)))))
            {
                MaximumBars = measurements.Count,
                Signed = signed,
                Caption = caption,
            };
    }

    private static Section ReadRight(IReadOnlyList<Digit> digits)
    {
        var section = new Section("Handwritten digits", "8 × 8 pixels, one of each that was read right")
        {
            new Paragraph("""
                What is explained is the score of the digit that the network sees, before the softmax. Saliency is its gradient: red where more ink would raise the score, blue where more ink would lower it; the scale says by how much per full ink, to first order. Contribution is ink × gradient: red what the ink that is there adds to the score, blue what it takes away.
                """),
        };
        foreach (var (row, digit) in DigitPictures.OneOfEach(digits))
        {
            var (saliency, contribution) = (DigitPictures.ForSeen(digit), DigitPictures.Contribution(digit));
            section.Add(new Section($"Row {row}: a {digit.Label}", Reading(digit))
            {
                new Gallery(
                    Paper(digit),
                    Picture(saliency.Draw(), $"saliency for {digit.Seen}", saliency),
                    Picture(contribution.Draw(), $"contribution to {digit.Seen}", contribution)),
            });
        }
        return section;
    }

    private static Section ReadWrong(IReadOnlyList<Digit> digits)
    {
        var section = new Section("Digits read wrong", "saliency for the digit seen and for the digit meant, on one scale");
        foreach (var (row, digit) in DigitPictures.Mistakes(digits))
        {
            var (seen, meant) = (DigitPictures.ForSeen(digit), DigitPictures.ForMeant(digit));
            section.Add(new Section($"Row {row}: a {digit.Label}", Reading(digit))
            {
                new Gallery(
                    Paper(digit),
                    Picture(seen.Draw(), $"saliency for {digit.Seen} (seen)", seen),
                    Picture(meant.Draw(), $"saliency for {digit.Label} (meant)", meant)),
            });
        }
        return section;
    }

    private static Figure Paper(Digit digit) => Picture(DigitPictures.Paper(digit), "the ink");

    private static Figure Picture(Raster image, string caption, Heatmap? legend = null) =>
        new(image, caption, Alt: caption, legend) { DisplayWidth = PictureWidth };

    private static string Reading(Digit digit) =>
        string.Create(CultureInfo.InvariantCulture, $"seen as {digit.Seen} ({Percent.Of(digit.Probability)}), score {digit.Score[0]:0.00}");

    private static string Prediction(Tumour tumour) =>
        $"{TumourTable.NameOf(tumour.Predicted)} ({Percent.Of(tumour.Probability)})".Replace(' ', NoBreak);
}
