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
        var none = Assert.ThrowsExactly<ArgumentException>(() =>
            MethodCatalog.Create("input-x-gradient", new Dictionary<string, string> { ["form"] = "signed" }));
        StringAssert.Contains(none.Message, "input-x-gradient has no option 'form'.");
    }

    [TestMethod]
    public void A_form_that_is_none_is_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
            Explanation.Compile(Support.References.Network("mlp_breast_cancer"), new Saliency((SaliencyForm)9)));
        StringAssert.Contains(error.Message, "no such form of saliency");
    }
}
