using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>The one list of methods that command line and documentation share.</summary>
[TestClass]
public sealed class NamingMethods
{
    [TestMethod]
    public void Every_method_is_made_from_its_name_and_defaults()
    {
        foreach (var method in MethodCatalog.All)
        {
            Assert.IsNotNull(MethodCatalog.Create(method.Name), method.Name);
            Assert.AreEqual(MethodCatalog.Create(method.Name), MethodCatalog.Create(method.Name, method.Options.ToDictionary(o => o.Name, o => o.Default)));
            Assert.IsFalse(string.IsNullOrWhiteSpace(method.Summary), method.Name);
            foreach (var option in method.Options.Where(o => o.Values is not null))
            {
                CollectionAssert.Contains(option.Values!.ToArray(), option.Default, $"{method.Name}, {option.Name}");
                foreach (var value in option.Values!)
                    Assert.IsNotNull(MethodCatalog.Create(method.Name, new Dictionary<string, string> { [option.Name] = value }));
            }
        }
        Assert.HasCount(MethodCatalog.All.Count, MethodCatalog.All.Select(m => m.Name).Distinct());
    }

    [TestMethod]
    public void Options_choose_the_form()
    {
        Assert.AreEqual(new Saliency(), MethodCatalog.Create("saliency"));
        foreach (var (text, form) in ((string, SaliencyForm)[])[("absolute", SaliencyForm.Absolute), ("channel-maximum", SaliencyForm.ChannelMaximum)])
            Assert.AreEqual(new Saliency(form), MethodCatalog.Create("saliency", new Dictionary<string, string> { ["form"] = text }));
        Assert.AreEqual(new InputXGradient(), MethodCatalog.Create("input-x-gradient"));
    }

    [TestMethod]
    public void Numbers_lists_and_baselines_are_read_from_texts()
    {
        static AttributionMethod Made(string name, params (string, string)[] options) =>
            MethodCatalog.Create(name, options.ToDictionary(o => o.Item1, o => o.Item2));
        Assert.AreEqual(new IntegratedGradients(20, Quadrature.Trapezoid) { Baseline = Baseline.Several(Baseline.Constant(0.5), Baseline.Blurred(3)) },
            Made("integrated-gradients", ("steps", "20"), ("quadrature", "trapezoid"), ("baseline", "0.5,blur:3")));
        Assert.AreEqual(new Occlusion([8, 8], [4, 4]), Made("occlusion", ("window", "8,8"), ("stride", "4,4")));
        Assert.AreEqual(new Rise(100, 5, 0.25, 9), Made("rise", ("masks", "100"), ("cells", "5"), ("visible", "0.25"), ("seed", "9")));
        Assert.AreEqual(new TaylorCoefficients(1), Made("taylor", ("order", "1")));
        Assert.AreEqual(new Smooth(new InputXGradient(), 20, 0.1, SmoothForm.Variance, 5),
            Made("input-x-gradient", ("smooth", "20"), ("noise", "0.1"), ("smooth-form", "variance"), ("seed", "5")));
    }

    [TestMethod]
    public void Shapley_values_take_their_options()
    {
        static AttributionMethod Made(string name, params (string, string)[] options) =>
            MethodCatalog.Create(name, options.ToDictionary(o => o.Item1, o => o.Item2));
        Assert.AreEqual(new KernelShap { Baseline = Baseline.Zero }, Made("kernel-shap"));
        Assert.AreEqual(new KernelShap(300, 7) { Selection = Selection.Bic, Baseline = Baseline.Constant(2) },
            Made("kernel-shap", ("samples", "300"), ("seed", "7"), ("selection", "bic"), ("baseline", "2")));
        Assert.AreEqual(new PermutationShap(3, 5) { Spread = true }, Made("permutation-shap", ("permutations", "3"), ("seed", "5"), ("spread", "true")));
        Assert.AreEqual(new SamplingShap(30, 5), Made("sampling-shap", ("samples", "30"), ("seed", "5")));
        Assert.AreEqual(new ExactShap(), Made("exact-shap"));
        Assert.AreEqual(new PartitionShap(MaximumEvaluations: 60), Made("partition-shap", ("evaluations", "60")));
        Assert.AreEqual(new GradientShap(9, GradientShapDraws.Quadrature, 2) { Noise = 0.5, Baseline = Baseline.Constant(1) },
            Made("gradient-shap", ("samples", "9"), ("draws", "quadrature"), ("seed", "2"), ("input-noise", "0.5"), ("baseline", "1")));
        Assert.AreEqual(new DeepShap { Rule = DeepLiftRule.RevealCancel, Baseline = Baseline.Constant(1) }, Made("deep-shap", ("rule", "reveal-cancel"), ("baseline", "1")));
        Assert.AreEqual(new Lime(60, 3) { Sampling = LimeSampling.Counts, KernelWidth = 0.5, Ridge = 2 },
            Made("lime", ("samples", "60"), ("seed", "3"), ("sampling", "counts"), ("kernel-width", "0.5"), ("ridge", "2")));
        Assert.AreEqual(new Qii(QiiMeasure.Banzhaf, 8, 4), Made("qii", ("measure", "banzhaf"), ("samples", "8"), ("seed", "4")));
    }

    [TestMethod]
    [DataRow("race.white race.black age", "0 0 1", "race;age")]
    [DataRow("radius texture area", "0 1 1", "radius;texture + area")]
    [DataRow("x[0][0] x[0][1] x[1][0] x[1][1]", "0 0 1 1", "x[0];x[1]")]
    [DataRow("x[0][0] x[0][1] x[0][2] x[0][3]", "1 1 0 0", "x[0][2] + x[0][3];x[0][0] + x[0][1]")]
    public void Groups_are_named_after_their_elements_and_apart_from_each_other(string elements, string groups, string names)
    {
        var method = new ExactShap { Groups = Tensor.From([.. groups.Split(' ').Select(long.Parse)], 1, groups.Split(' ').Length) };
        CollectionAssert.AreEqual(names.Split(';'), method.Names(elements.Split(' ')).ToArray());
    }

    [TestMethod]
    [DataRow("kernel-shap", "selection", "most", "The option 'selection': 'most' is no selection of features; expected none, a number of them, aic, or bic.")]
    [DataRow("kernel-shap", "samples", "1", "At least two coalitions")]
    [DataRow("lime", "ridge", "0", "The penalty must be a positive number.")]
    [DataRow("integrated-gradients", "steps", "ten", "takes a whole number; 'ten' was given")]
    [DataRow("integrated-gradients", "baseline", "black", "'black' is no baseline; expected zero, a number, blur:SIGMA, or a .npy file")]
    [DataRow("integrated-gradients", "baseline", "nothing-there.npy", "nothing-there.npy")]
    [DataRow("integrated-gradients", "steps", "0", "0")]
    [DataRow("occlusion", "window", "8x8", "whole numbers with commas between them, such as 8,8; '8x8' was given")]
    [DataRow("rise", "visible", "most", "takes a number; 'most' was given")]
    [DataRow("feature-ablation", "groups", "nothing-there.npy", "nothing-there.npy")]
    [DataRow("saliency", "smooth", "-3", "At least one sample")]
    public void Values_that_are_none_are_refused(string method, string option, string value, string why)
    {
        var error = Assert.Throws<ArgumentException>(() => MethodCatalog.Create(method, new Dictionary<string, string> { [option] = value }));
        StringAssert.Contains(error.Message, why);
    }

    [TestMethod]
    public void What_is_not_there_is_refused_with_what_is()
    {
        var method = Assert.ThrowsExactly<ArgumentException>(() => MethodCatalog.Create("salience"));
        StringAssert.Contains(method.Message, "no method 'salience'; there are saliency, input-x-gradient");
        var option = Assert.ThrowsExactly<ArgumentException>(() =>
            MethodCatalog.Create("saliency", new Dictionary<string, string> { ["shape"] = "signed" }));
        StringAssert.Contains(option.Message, "saliency has no option 'shape'; it has form");
        var value = Assert.ThrowsExactly<ArgumentException>(() =>
            MethodCatalog.Create("saliency", new Dictionary<string, string> { ["form"] = "square" }));
        StringAssert.Contains(value.Message, "takes signed, absolute, channel-maximum; 'square' was given");
        var none = Assert.ThrowsExactly<ArgumentException>(() => MethodCatalog.Create("input-x-gradient", new Dictionary<string, string> { ["form"] = "signed" }));
        StringAssert.Contains(none.Message, "input-x-gradient has no option 'form'; it has smooth, noise");
    }

    [TestMethod]
    public void A_form_that_is_none_is_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
            Explanation.Compile(Support.References.Network("mlp_breast_cancer"), new Saliency((SaliencyForm)9)));
        StringAssert.Contains(error.Message, "no such form of saliency");
    }
}
