using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Tests;

/// <summary>One table of methods; each is appended, fitted, read, asked for single rows, saved, and loaded without the plugin.</summary>
[TestClass]
public sealed class ExplainingByEveryMethod
{
    private delegate IEstimator<ITransformer> Explaining(TransformsCatalog catalog, string file);

    private static readonly Saliency Gradient = new();
    private static readonly IntegratedGradients ManySteps =
        new(600, Quadrature.RiemannMiddle) { Baseline = Baseline.Several(Baseline.Zero, Baseline.Blurred(1)) };
    private static readonly LayerwiseRelevance Relevance = new(RelevanceComposite.EpsilonGammaBox());
    private static readonly DeepLift FromGrey = new() { Baseline = Baseline.Constant(0.5) };
    private static readonly GradCam Coarse = new() { Upsample = false, Relu = false };
    private static readonly Occlusion Windows = new([3, 3], [2, 2]);
    private static readonly FeatureAblation Quarters =
        new() { Groups = Tensor.From([.. Enumerable.Range(0, 64).Select(i => (long)(i / 16))], 1, 8, 8) };
    private static readonly Rise Masks = new(512, 4);
    private static readonly Tensor Background = Tensor.From([.. Enumerable.Range(0, 3 * 64).Select(i => i % 7 / 7f)], 3, 1, 8, 8);
    private static readonly KernelShap Sampled = new(200) { Baseline = Baseline.Given(Background) };
    private static readonly PermutationShap Ordered = new(2) { Groups = Quarters.Groups, Spread = true };
    private static readonly SamplingShap Drawn = new(5) { Baseline = Baseline.Given(Background) };
    private static readonly ExactShap Enumerated = new() { Groups = Quarters.Groups, Baseline = Baseline.Constant(0.5) };
    private static readonly PartitionShap Halved = new(Partition.Balanced(64), 100);
    private static readonly GradientShap Expected = new(6, GradientShapDraws.Quadrature) { Baseline = Baseline.Given(Background) };
    private static readonly DeepShap Lifted = new() { Baseline = Baseline.Given(Background) };
    private static readonly Lime Cells =
        new(300) { Groups = Quarters.Groups, Spread = true, Baseline = Baseline.MeansOf(Quarters.Groups!) };
    private static readonly Qii Banzhaf = new(QiiMeasure.Banzhaf) { Groups = Quarters.Groups };
    private static readonly Smooth Smoothed = new(new Saliency(SaliencyForm.Absolute), 300);
    private static readonly Product Multiplied = new(new GradCam(), new InputXGradient());

    // The key is the method's name in the catalog of extensions, and what follows a space tells cases of one method apart.
    private static readonly Dictionary<string, (AttributionMethod Method, Explaining Estimator)> Cases = new()
    {
        ["Saliency"] = (Gradient, (c, f) => c.Saliency("Explanation", "Copy", f)),
        ["InputXGradient"] = (new InputXGradient(), (c, f) => c.InputXGradient("Explanation", "Copy", f)),
        ["InputXGradient with options"] =
            (new InputXGradient(), (c, f) => c.InputXGradient("Explanation", "Copy", f, new AttributionOptions())),
        ["IntegratedGradients"] = (new IntegratedGradients(), (c, f) => c.IntegratedGradients("Explanation", "Copy", f)),
        ["IntegratedGradients in a loop"] = (ManySteps, (c, f) => c.IntegratedGradients("Explanation", "Copy", f, ManySteps)),
        ["GuidedBackprop"] = (new GuidedBackprop(), (c, f) => c.GuidedBackprop("Explanation", "Copy", f)),
        ["GuidedBackprop with options"] =
            (new GuidedBackprop(), (c, f) => c.GuidedBackprop("Explanation", "Copy", f, new AttributionOptions())),
        ["DeconvNet"] = (new DeconvNet(), (c, f) => c.DeconvNet("Explanation", "Copy", f)),
        ["DeconvNet with options"] = (new DeconvNet(), (c, f) => c.DeconvNet("Explanation", "Copy", f, new AttributionOptions())),
        ["Cam"] = (new Cam(), (c, f) => c.Cam("Explanation", "Copy", f)),
        ["Cam cut off"] = (new Cam { Relu = true }, (c, f) => c.Cam("Explanation", "Copy", f, new Cam { Relu = true })),
        ["GradCam"] = (new GradCam(), (c, f) => c.GradCam("Explanation", "Copy", f)),
        ["GradCam coarse"] = (Coarse, (c, f) => c.GradCam("Explanation", "Copy", f, Coarse)),
        ["GradCamPlusPlus"] = (new GradCamPlusPlus(), (c, f) => c.GradCamPlusPlus("Explanation", "Copy", f)),
        ["GradCamPlusPlus scaled"] = (new GradCamPlusPlus { Normalize = true },
            (c, f) => c.GradCamPlusPlus("Explanation", "Copy", f, new GradCamPlusPlus { Normalize = true })),
        ["ScoreCam"] = (new ScoreCam(), (c, f) => c.ScoreCam("Explanation", "Copy", f)),
        ["ScoreCam by probability"] = (new ScoreCam(ScoreCamWeight.Probability),
            (c, f) => c.ScoreCam("Explanation", "Copy", f, new ScoreCam(ScoreCamWeight.Probability))),
        ["LayerCam"] = (new LayerCam(), (c, f) => c.LayerCam("Explanation", "Copy", f)),
        ["LayerCam coarse"] =
            (new LayerCam { Upsample = false }, (c, f) => c.LayerCam("Explanation", "Copy", f, new LayerCam { Upsample = false })),
        ["EigenCam"] = (new EigenCam(), (c, f) => c.EigenCam("Explanation", "Copy", f)),
        ["EigenCam centred"] =
            (new EigenCam { Centered = true }, (c, f) => c.EigenCam("Explanation", "Copy", f, new EigenCam { Centered = true })),
        ["XGradCam"] = (new XGradCam(), (c, f) => c.XGradCam("Explanation", "Copy", f)),
        ["XGradCam signed"] =
            (new XGradCam { Relu = false }, (c, f) => c.XGradCam("Explanation", "Copy", f, new XGradCam { Relu = false })),
        ["HiResCam"] = (new HiResCam(), (c, f) => c.HiResCam("Explanation", "Copy", f)),
        ["HiResCam cut off"] = (new HiResCam { Relu = true }, (c, f) => c.HiResCam("Explanation", "Copy", f, new HiResCam { Relu = true })),
        ["AblationCam"] = (new AblationCam(), (c, f) => c.AblationCam("Explanation", "Copy", f)),
        ["AblationCam signed"] =
            (new AblationCam { Relu = false }, (c, f) => c.AblationCam("Explanation", "Copy", f, new AblationCam { Relu = false })),
        ["GuidedGradCam"] = (new GuidedGradCam(), (c, f) => c.GuidedGradCam("Explanation", "Copy", f)),
        ["GuidedGradCam with options"] =
            (new GuidedGradCam(), (c, f) => c.GuidedGradCam("Explanation", "Copy", f, new GuidedGradCam(), new AttributionOptions())),
        ["LayerwiseRelevance"] = (new LayerwiseRelevance(), (c, f) => c.LayerwiseRelevance("Explanation", "Copy", f)),
        ["LayerwiseRelevance in a box"] = (Relevance, (c, f) => c.LayerwiseRelevance("Explanation", "Copy", f, Relevance)),
        ["DeepLift"] = (new DeepLift(), (c, f) => c.DeepLift("Explanation", "Copy", f)),
        ["DeepLift from grey"] = (FromGrey, (c, f) => c.DeepLift("Explanation", "Copy", f, FromGrey)),
        ["Occlusion"] = (new Occlusion([2]), (c, f) => c.Occlusion("Explanation", "Copy", f, window: 2)),
        ["Occlusion overlapping"] = (Windows, (c, f) => c.Occlusion("Explanation", "Copy", f, Windows)),
        ["FeatureAblation"] = (new FeatureAblation(), (c, f) => c.FeatureAblation("Explanation", "Copy", f)),
        ["FeatureAblation of groups"] = (Quarters, (c, f) => c.FeatureAblation("Explanation", "Copy", f, Quarters)),
        ["Rise"] = (new Rise(), (c, f) => c.Rise("Explanation", "Copy", f)),
        ["Rise of other masks"] = (Masks, (c, f) => c.Rise("Explanation", "Copy", f, Masks)),
        ["TaylorCoefficients"] = (new TaylorCoefficients(), (c, f) => c.TaylorCoefficients("Explanation", "Copy", f)),
        ["TaylorCoefficients first"] =
            (new TaylorCoefficients(1), (c, f) => c.TaylorCoefficients("Explanation", "Copy", f, new TaylorCoefficients(1))),
        ["KernelShap"] = (new KernelShap(), (c, f) => c.KernelShap("Explanation", "Copy", f)),
        ["KernelShap from a background"] = (Sampled, (c, f) => c.KernelShap("Explanation", "Copy", f, Sampled)),
        ["PermutationShap"] = (new PermutationShap(), (c, f) => c.PermutationShap("Explanation", "Copy", f)),
        ["PermutationShap of groups, spread"] = (Ordered, (c, f) => c.PermutationShap("Explanation", "Copy", f, Ordered)),
        ["SamplingShap"] = (new SamplingShap(), (c, f) => c.SamplingShap("Explanation", "Copy", f)),
        ["SamplingShap from a background"] = (Drawn, (c, f) => c.SamplingShap("Explanation", "Copy", f, Drawn)),
        ["ExactShap"] = (new ExactShap { Groups = Quarters.Groups }, (c, f) => c.ExactShap("Explanation", "Copy", f, Quarters.Groups)),
        ["ExactShap from grey"] = (Enumerated, (c, f) => c.ExactShap("Explanation", "Copy", f, Enumerated)),
        ["PartitionShap"] = (new PartitionShap(), (c, f) => c.PartitionShap("Explanation", "Copy", f)),
        ["PartitionShap in order"] = (Halved, (c, f) => c.PartitionShap("Explanation", "Copy", f, Halved)),
        ["GradientShap"] = (new GradientShap(), (c, f) => c.GradientShap("Explanation", "Copy", f)),
        ["GradientShap from a background"] = (Expected, (c, f) => c.GradientShap("Explanation", "Copy", f, Expected)),
        ["DeepShap"] = (new DeepShap(), (c, f) => c.DeepShap("Explanation", "Copy", f)),
        ["DeepShap from a background"] = (Lifted, (c, f) => c.DeepShap("Explanation", "Copy", f, Lifted)),
        ["Lime"] = (new Lime(), (c, f) => c.Lime("Explanation", "Copy", f)),
        ["Lime of cells in their means"] = (Cells, (c, f) => c.Lime("Explanation", "Copy", f, Cells)),
        ["Qii"] = (new Qii(), (c, f) => c.Qii("Explanation", "Copy", f)),
        ["Qii of groups, all sets alike"] = (Banzhaf, (c, f) => c.Qii("Explanation", "Copy", f, Banzhaf)),
        ["Conductance"] = (new Conductance(), (c, f) => c.Conductance("Explanation", "Copy", f)),
        ["Conductance with options"] = (new Conductance(8), (c, f) => c.Conductance("Explanation", "Copy", f, new Conductance(8))),
        ["InternalInfluence"] = (new InternalInfluence(), (c, f) => c.InternalInfluence("Explanation", "Copy", f)),
        ["InternalInfluence with options"] = (new InternalInfluence(8),
            (c, f) => c.InternalInfluence("Explanation", "Copy", f, new InternalInfluence(8))),
        ["FullGrad"] = (new FullGrad(), (c, f) => c.FullGrad("Explanation", "Copy", f)),
        ["FullGrad with options"] = (new FullGrad(FullGradScale.Channel),
            (c, f) => c.FullGrad("Explanation", "Copy", f, new FullGrad(FullGradScale.Channel))),
        ["GradCamElementWise"] = (new GradCamElementWise(), (c, f) => c.GradCamElementWise("Explanation", "Copy", f)),
        ["GradCamElementWise with options"] = (new GradCamElementWise { Upsample = false },
            (c, f) => c.GradCamElementWise("Explanation", "Copy", f, new GradCamElementWise { Upsample = false })),
        ["EigenGradCam"] = (new EigenGradCam(), (c, f) => c.EigenGradCam("Explanation", "Copy", f)),
        ["EigenGradCam with options"] = (new EigenGradCam { Absolute = true },
            (c, f) => c.EigenGradCam("Explanation", "Copy", f, new EigenGradCam { Absolute = true })),
        ["KpcaCam"] = (new KpcaCam(), (c, f) => c.KpcaCam("Explanation", "Copy", f)),
        ["KpcaCam with options"] = (new KpcaCam { Upsample = false },
            (c, f) => c.KpcaCam("Explanation", "Copy", f, new KpcaCam { Upsample = false })),
        ["ShapleyCam"] = (new ShapleyCam(), (c, f) => c.ShapleyCam("Explanation", "Copy", f)),
        ["ShapleyCam with options"] = (new ShapleyCam { Relu = false },
            (c, f) => c.ShapleyCam("Explanation", "Copy", f, new ShapleyCam { Relu = false })),
        ["FinerCam"] = (new FinerCam(), (c, f) => c.FinerCam("Explanation", "Copy", f)),
        ["FinerCam with options"] = (new FinerCam(1), (c, f) => c.FinerCam("Explanation", "Copy", f, new FinerCam(1))),
        ["Fem"] = (new Fem(), (c, f) => c.Fem("Explanation", "Copy", f)),
        ["Fem with options"] = (new Fem(1), (c, f) => c.Fem("Explanation", "Copy", f, new Fem(1))),
        ["RawAttention"] = (new RawAttention(), (c, f) => c.RawAttention("Explanation", "Copy", f)),
        ["RawAttention with options"] = (new RawAttention(HeadFusion.Max) { Block = 0 },
            (c, f) => c.RawAttention("Explanation", "Copy", f, new RawAttention(HeadFusion.Max) { Block = 0 })),
        ["AttentionRollout"] = (new AttentionRollout(), (c, f) => c.AttentionRollout("Explanation", "Copy", f)),
        ["AttentionRollout with options"] = (new AttentionRollout(Discard: 0.5),
            (c, f) => c.AttentionRollout("Explanation", "Copy", f, new AttentionRollout(Discard: 0.5))),
        ["AttentionFlow"] = (new AttentionFlow(), (c, f) => c.AttentionFlow("Explanation", "Copy", f)),
        ["AttentionFlow with options"] = (new AttentionFlow(HeadFusion.Max) { Query = "0" },
            (c, f) => c.AttentionFlow("Explanation", "Copy", f, new AttentionFlow(HeadFusion.Max) { Query = "0" })),
        ["GradientAttention"] = (new GradientAttention(), (c, f) => c.GradientAttention("Explanation", "Copy", f)),
        ["GradientAttention with options"] = (new GradientAttention(GradientAttentionForm.Product),
            (c, f) => c.GradientAttention("Explanation", "Copy", f, new GradientAttention(GradientAttentionForm.Product))),
        ["GenericAttention"] = (new GenericAttention(), (c, f) => c.GenericAttention("Explanation", "Copy", f)),
        ["GenericAttention with options"] = (new GenericAttention { Query = "all" },
            (c, f) => c.GenericAttention("Explanation", "Copy", f, new GenericAttention { Query = "all" })),
        ["AttentionRelevance"] = (new AttentionRelevance(), (c, f) => c.AttentionRelevance("Explanation", "Copy", f)),
        ["AttentionRelevance with options"] = (new AttentionRelevance(AttentionRule.Conservative),
            (c, f) => c.AttentionRelevance("Explanation", "Copy", f, new AttentionRelevance(AttentionRule.Conservative))),
        ["TransformerAttribution"] = (new TransformerAttribution(), (c, f) => c.TransformerAttribution("Explanation", "Copy", f)),
        ["TransformerAttribution with options"] = (new TransformerAttribution { Query = "mean" },
            (c, f) => c.TransformerAttribution("Explanation", "Copy", f, new TransformerAttribution { Query = "mean" })),
        ["LeGrad"] = (new LeGrad(), (c, f) => c.LeGrad("Explanation", "Copy", f)),
        ["LeGrad with options"] = (new LeGrad(LeGradReadout.Mean),
            (c, f) => c.LeGrad("Explanation", "Copy", f, new LeGrad(LeGradReadout.Mean))),
        ["SobolAttribution"] = (new SobolAttribution(), (c, f) => c.SobolAttribution("Explanation", "Copy", f)),
        ["SobolAttribution with options"] = (new SobolAttribution(4) { Grid = 3 },
            (c, f) => c.SobolAttribution("Explanation", "Copy", f, new SobolAttribution(4) { Grid = 3 })),
        ["HsicAttribution"] = (new HsicAttribution(), (c, f) => c.HsicAttribution("Explanation", "Copy", f)),
        ["HsicAttribution with options"] = (new HsicAttribution(20, HsicKernel.Rbf) { Grid = 4 },
            (c, f) => c.HsicAttribution("Explanation", "Copy", f, new HsicAttribution(20, HsicKernel.Rbf) { Grid = 4 })),
        ["Attribution smooth"] = (Smoothed, (c, f) => c.Attribution("Explanation", "Copy", f, Smoothed)),
        ["Attribution product"] = (Multiplied, (c, f) => c.Attribution("Explanation", "Copy", f, new GradCam() * new InputXGradient())),
    };

    private readonly MLContext _mlContext = new(1);

    public static IEnumerable<object[]> Names => Cases.Keys.Select(name => (object[])[name]);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Columns_single_predictions_and_saved_pipelines_agree_with_the_library(string name)
    {
        var (method, explaining) = Cases[name];
        var network = method is TokenRelation ? Trained.DigitsByAttention : Trained.Digits;
        var rows = network.Rows[..4];
        var expected = network.Explained(rows, method);
        var data = _mlContext.Data.LoadFromEnumerable(rows.Select(r => new Digit { Features = r }));

        using var model = _mlContext.Transforms.CopyColumns("Copy", "Features").Append(explaining(_mlContext.Transforms, network.File))
            .Append(_mlContext.Transforms.CopyColumns("Last", "Explanation")).Fit(data);
        var explained = model.Transform(data);
        AreClose(expected, explained.Vectors("Explanation"));
        AreClose(expected, explained.Vectors("Last"));
        AreClose(expected, Predicted(model, rows));

        using var stream = new MemoryStream();
        _mlContext.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        var loaded = new MLContext().Model.Load(stream, out _);
        Assert.IsInstanceOfType<OnnxTransformer>(((IEnumerable<ITransformer>)loaded).ElementAt(1));
        var theirs = loaded.Transform(data);
        Assert.AreEqual(explained.Schema["Explanation"].Type, theirs.Schema["Explanation"].Type);
        AreClose(expected, theirs.Vectors("Last"));
        AreClose(expected, Predicted(loaded, rows));
        (loaded as IDisposable)?.Dispose();
    }

    [TestMethod]
    public void Every_method_of_the_library_has_an_extension_and_a_case_here()
    {
        // Columns of SHAP values choose the method themselves, and several columns at once are of any; texts, intervals and sets are of none.
        Type[] ofAnyMethod =
        [
            typeof(ShapEstimator), typeof(ExplanationEstimator), typeof(TokensEstimator), typeof(WordsEstimator),
            typeof(PredictionIntervalEstimator), typeof(PredictionSetEstimator),
        ];
        var extensions = typeof(IntrospectionCatalog).GetMethods()
            .Where(m => m.GetParameters().FirstOrDefault()?.ParameterType == typeof(TransformsCatalog) && !ofAnyMethod.Contains(m.ReturnType))
            .ToLookup(m => m.Name);
        foreach (var description in MethodCatalog.All)
        {
            var name = MethodCatalog.Create(description.Name).GetType().Name;
            Assert.IsTrue(Cases.ContainsKey(name), description.Name);
        }
        foreach (var extension in extensions)
            Assert.IsTrue(extension.Key is "Saliency" or "Explain" || Cases.Keys.Count(c => c.Split(' ')[0] == extension.Key) >= 2, extension.Key);
    }

    [TestMethod]
    public void Every_method_takes_its_target_and_knows_itself()
    {
        var network = Trained.Digits;
        var data = Trained.Features(network.Rows[..4]);
        var estimator = _mlContext.Transforms.IntegratedGradients("Explanation", "Features", network.File, Target.Difference(3, 5));
        Assert.AreEqual(new IntegratedGradients(), estimator.Method);
        using var transformer = estimator.Fit(data);
        Assert.AreEqual(new IntegratedGradients(), transformer.Method);
        AreClose(network.Explained(network.Rows[..4], new IntegratedGradients(), Target.Difference(3, 5)),
            transformer.Transform(data).Vectors("Explanation"));

        var target = Target.Difference(3, 5);
        var file = network.File;
        var catalog = _mlContext.Transforms;
        IEstimator<ITransformer>[] all =
        [
            catalog.Saliency("E", "Features", file, target), catalog.InputXGradient("E", "Features", file, target),
            catalog.GuidedBackprop("E", "Features", file, target),
            catalog.DeconvNet("E", "Features", file, target), catalog.Cam("E", "Features", file, target),
            catalog.GradCam("E", "Features", file, target),
            catalog.GradCamPlusPlus("E", "Features", file, target), catalog.ScoreCam("E", "Features", file, target),
            catalog.LayerCam("E", "Features", file, target),
            catalog.EigenCam("E", "Features", file, target), catalog.XGradCam("E", "Features", file, target),
            catalog.HiResCam("E", "Features", file, target),
            catalog.AblationCam("E", "Features", file, target), catalog.GuidedGradCam("E", "Features", file, target),
            catalog.LayerwiseRelevance("E", "Features", file, target),
            catalog.DeepLift("E", "Features", file, target), catalog.Occlusion("E", "Features", file, 4, target),
            catalog.FeatureAblation("E", "Features", file, target),
            catalog.Rise("E", "Features", file, target), catalog.TaylorCoefficients("E", "Features", file, target),
            catalog.KernelShap("E", "Features", file, target),
            catalog.PermutationShap("E", "Features", file, target), catalog.SamplingShap("E", "Features", file, target),
            catalog.ExactShap("E", "Features", file, Quarters.Groups, target), catalog.PartitionShap("E", "Features", file, target),
            catalog.GradientShap("E", "Features", file, target), catalog.DeepShap("E", "Features", file, target),
            catalog.Lime("E", "Features", file, target),
            catalog.Qii("E", "Features", file, target),
        ];
        foreach (var one in all)
        {
            using var fitted = (AttributionTransformer)one.Fit(data);
            Assert.AreEqual("3-5", fitted.Explanation.Proto.MetadataProps.Single(p => p.Key == "target").Value, $"{one}");
        }
    }

    private float[][] Predicted(ITransformer model, float[][] rows)
    {
        var engine =
            _mlContext.Model.CreatePredictionEngine<Digit, Explained>(model, new PredictionEngineOptions { OwnsTransformer = false });
        return [.. rows.Select(r => engine.Predict(new Digit { Features = r }).Explanation.ToArray())];
    }

    // A map whose every feature speaks against the score is 0 everywhere, and has no norm to be compared with.
    private static void AreClose(float[][] expected, float[][] actual)
    {
        Assert.IsTrue(expected.Any(row => row.Any(x => Math.Abs(x) > 0)), "There is nothing to compare.");
        static float[][] WithOne(float[][] rows) => [.. rows.Select(r => (float[])[.. r, 1e-3f])];
        Reading.AreClose(WithOne(expected), WithOne(actual), 1e-4);
    }

    public sealed class Digit
    {
        [VectorType(64)]
        public float[] Features { get; set; } = [];
    }

    public sealed class Explained
    {
        public float[] Explanation { get; set; } = [];
    }
}
