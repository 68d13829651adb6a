using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Attribution;

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
            Assert.AreEqual(MethodCatalog.Create(method.Name),
                MethodCatalog.Create(method.Name, method.Options.ToDictionary(o => o.Name, o => o.Default)));
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
        foreach (var (text, form) in ((string, SaliencyForm)[])[("absolute", SaliencyForm.Absolute),
            ("channel-maximum", SaliencyForm.ChannelMaximum)])
            Assert.AreEqual(new Saliency(form), MethodCatalog.Create("saliency", new Dictionary<string, string> { ["form"] = text }));
        Assert.AreEqual(new InputXGradient(), MethodCatalog.Create("input-x-gradient"));
    }

    [TestMethod]
    public void Numbers_lists_and_baselines_are_read_from_texts()
    {
        static AttributionMethod Made(string name, params (string, string)[] options) =>
            MethodCatalog.Create(name, options.ToDictionary(o => o.Item1, o => o.Item2));
        Assert.AreEqual(
            new IntegratedGradients(20, Quadrature.Trapezoid) { Baseline = Baseline.Several(Baseline.Constant(0.5), Baseline.Blurred(3)) },
            Made("integrated-gradients", ("steps", "20"), ("quadrature", "trapezoid"), ("baseline", "0.5,blur:3")));
        Assert.AreEqual(new Occlusion([8, 8], [4, 4]), Made("occlusion", ("window", "8,8"), ("stride", "4,4")));
        Assert.AreEqual(new Rise(100, 5, 0.25, 9), Made("rise", ("masks", "100"), ("cells", "5"), ("visible", "0.25"), ("seed", "9")));
        Assert.AreEqual(new TaylorCoefficients(1), Made("taylor", ("order", "1")));
        Assert.AreEqual(new Smooth(new InputXGradient(), 20, 0.1, SmoothForm.Variance, 5),
            Made("input-x-gradient", ("smooth", "20"), ("noise", "0.1"), ("smooth-form", "variance"), ("seed", "5")));
    }

    [TestMethod]
    [DataRow("integrated-gradients", "steps", "ten", "takes a whole number; 'ten' was given")]
    [DataRow("integrated-gradients", "baseline", "black",
        "'black' is no baseline; expected zero, a number, blur:SIGMA, row-min, row-max, row-mean, channel-mean, token:ID, input: and one of these, or a .npy file")]
    [DataRow("integrated-gradients", "baseline", "nothing-there.npy", "nothing-there.npy")]
    [DataRow("integrated-gradients", "steps", "0", "0")]
    [DataRow("occlusion", "window", "8x8", "whole numbers with commas between them, such as 8,8; '8x8' was given")]
    [DataRow("rise", "visible", "most", "takes a number; 'most' was given")]
    [DataRow("feature-ablation", "groups", "nothing-there.npy", "nothing-there.npy")]
    [DataRow("saliency", "smooth", "-3", "At least one sample")]
    public void Values_that_are_none_are_refused(string method, string option, string value, string why)
    {
        var error =
            Assert.Throws<ArgumentException>(() => MethodCatalog.Create(method, new Dictionary<string, string> { [option] = value }));
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
        var none = Assert.ThrowsExactly<ArgumentException>(
            () => MethodCatalog.Create("input-x-gradient", new Dictionary<string, string> { ["form"] = "signed" }));
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
