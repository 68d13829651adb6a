using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using static Microsoft.ML.Introspection.Text.Tests.Explaining.PictureTextSample;

namespace Microsoft.ML.Introspection.Text.Tests.Explaining;

/// <summary>A picture and a text in one attribution.</summary>
[TestClass]
public sealed class ExplainingPicturesWithTexts
{
    private const string Sentence = "the film was not very good";

    private static readonly TextTokenizer Tokenizer = Cases.Load("wordpiece_uncased", "vocab.txt");

    // Another size than the network's, so that it is resized.
    private static readonly Raster Image = Raster.Create(20, 13, (x, y) => new Rgb((byte)(12 * x), (byte)(19 * y), (byte)(7 * (x + y))));

    [TestMethod]
    [DataRow(ElementType.Int64)]
    [DataRow(ElementType.Int32)]
    public void Integrated_gradients_share_the_score_among_pixels_and_tokens(ElementType ids)
    {
        var (network, preprocessing) = Opened(ids);
        using var explainer = new PictureTextExplainer(network, preprocessing, new IntegratedGradients(64));
        var why = explainer.Explain(Image, Sentence);

        var picture = preprocessing.Apply(Image);
        var tokens = Tokenizer.Encode(Sentence);
        var (u, v) = (Seen(picture), tokens.Ids.Sum(Said));
        Assert.AreEqual(u * v > 0 ? 0 : 1, why.Target);
        var sign = why.Target == 0 ? 1 : -1;
        Near.Equal(sign * u * v, why.Score, 1e-4 * Math.Abs(u * v));
        var map = new double[Height * Width];
        for (var i = 0; i < picture.Length; i++)
            map[i % map.Length] += sign * picture[i] * (double)PixelWeight(i) * v / 2;
        Near.Equal(map, [.. why.Map], 1e-4 * Math.Abs(u * v));
        Near.Equal([.. tokens.Ids.Select(id => sign * Said(id) * u / 2)], [.. why.Text.TokenScores], 1e-4 * Math.Abs(u * v));
        Near.Equal(0.5, why.PictureShare, 1e-3);
        Near.Equal(0.5, why.TextShare, 1e-3);
        Near.Equal(why.Score - why.BaseValue!.Value, why.Total, 1e-4 * Math.Abs(u * v));
        Near.Equal(why.Text.Total, why.Text.Words.Sum(w => w.Score) + why.Text.Rest, 1e-6);
    }

    [TestMethod]
    public void Regions_and_words_play_with_one_another()
    {
        var (network, preprocessing) = Opened();
        using var explainer = new PictureTextExplainer(network, preprocessing, new ExactShap(), new TextExplainerOptions { Length = 10 })
        {
            Regions = 4,
        };
        var why = explainer.Explain(Image, Sentence);

        var picture = preprocessing.Apply(Image);
        var tokens = Tokenizer.Encode(Sentence);
        var (u, v) = (Seen(picture), tokens.Ids.Sum(Said));
        var sign = why.Target == 0 ? 1 : -1;
        foreach (var region in why.Regions!.Distinct())
        {
            var own = Enumerable.Range(0, picture.Length).Where(i => why.Regions![i % (Height * Width)] == region)
                .Sum(i => picture[i] * (double)PixelWeight(i));
            Near.Equal(sign * own * v / 2, Enumerable.Range(0, Height * Width).Where(i => why.Regions![i] == region).Sum(i => why.Map[i]),
                1e-4 * Math.Abs(u * v));
        }
        foreach (var (word, id) in why.Text.Words.Zip(tokens.Ids.Skip(1)))
            Near.Equal(sign * Said(id) * u / 2, word.Score, 1e-4 * Math.Abs(u * v), word.Text);
        Near.Equal(0, why.Text.Padding, 1e-6, "the mask removes it");
        Near.Equal(0, why.Gap!.Value, 1e-4 * Math.Abs(u * v));
    }

    [TestMethod]
    public void The_tokens_of_a_word_play_as_one()
    {
        var (network, preprocessing) = Opened(withTanh: true);
        using var explainer = new PictureTextExplainer(network, preprocessing,
            new KernelShap { Baseline = Baseline.OfEach(Baseline.Zero, Baseline.Token(Tokenizer.PaddingId)) }) { Regions = 3 };
        var why = explainer.Explain(Image, "good!?! film");
        var tokens = Tokenizer.Encode("good!?! film").Tokens;
        var first = why.Text.TokenScores.Take(tokens.Count).Zip(tokens).Where(t => t.Second is { Sequence: 0, Span.Start: < 7 })
            .Select(t => t.First).ToArray();
        Finite.AtLeast(4, first.Length, "a word of several tokens");
        Near.Equal([.. first.Select(_ => first[0])], first, 1e-6);
        Near.Equal(0, why.Gap!.Value, 1e-4);
    }

    [TestMethod]
    public void Sums_are_the_change_of_the_score_from_a_baseline_for_each()
    {
        var (network, preprocessing) = Opened(withTanh: true);
        var baseline = Baseline.OfEach(Baseline.Constant(0.5), Baseline.Token(Tokenizer.PaddingId));
        using var explainer = new PictureTextExplainer(network, preprocessing, new IntegratedGradients(200) { Baseline = baseline });
        foreach (var text in (string[])[Sentence, "", "a lovely hotel with a view of the sea and friendly people"])
        {
            var why = explainer.Explain(Image, text);
            Near.Equal(0, why.Gap!.Value, 2e-3 * Math.Max(1, Math.Abs(why.Score)), text);
            Near.Equal(1, why.PictureShare + why.TextShare, 1e-9, text);
        }
    }

    [TestMethod]
    public void Methods_without_a_promise_have_no_base_value()
    {
        var (network, preprocessing) = Opened();
        using var explainer = new PictureTextExplainer(network, preprocessing, new Saliency());
        var why = explainer.Explain(Image, Sentence);
        Assert.IsNull(why.BaseValue);
        Assert.IsNull(why.Gap);
        Finite.Above(0, why.Map.Largest(Math.Abs));
    }

    [TestMethod]
    public void What_does_not_fit_is_said()
    {
        var (network, preprocessing) = Opened();
        Assert.Contains("Pictures of 8 × 6", Assert.ThrowsExactly<ArgumentException>(() => new PictureTextExplainer(
            network, preprocessing with { Channels = ChannelOrder.Gray, Mean = [0], Deviation = [1] }, new Saliency())).Message);
        Assert.ThrowsExactly<ArgumentException>(() =>
            new PictureTextExplainer(network, preprocessing, new Saliency(), new TextExplainerOptions { Reduction = TokenReduction.L2Norm }));
        var graph = new Graph();
        var alone = graph.Input("input_ids", ElementType.Int64, new Shape(Dimension.Symbol("N"), 4));
        Assert.Contains("0 are", Assert.ThrowsExactly<ArgumentException>(() => PictureTextNetwork.From(
            graph.ToModel([("scores", alone.Cast(ElementType.Float))]), Tokenizer)).Message);
    }

    private static (PictureTextNetwork, Preprocessing) Opened(ElementType ids = ElementType.Int64, bool withTanh = false)
    {
        var network = PictureTextNetwork.From(Network(ids, withTanh), Tokenizer);
        return (network, Preprocessing.Named("plain", network.Picture));
    }
}
