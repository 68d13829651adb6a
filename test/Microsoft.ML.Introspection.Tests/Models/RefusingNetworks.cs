using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Networks;

/// <summary>Files that are no network we, or ONNX Runtime, can use.</summary>
[TestClass]
public sealed class RefusingNetworks
{
    [TestMethod]
    public void A_missing_file()
    {
        var error = Assert.ThrowsExactly<FileNotFoundException>(() => Network.Load("no-such.onnx"));
        StringAssert.Contains(error.Message, "'no-such.onnx' does not exist");
    }

    [TestMethod]
    public void A_truncated_file()
    {
        var path = Path.GetTempFileName();
        try
        {
            var whole = File.ReadAllBytes(References.ModelFile("mlp_breast_cancer"));
            File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
            var error = Assert.ThrowsExactly<InvalidModelException>(() => Network.Load(path));
            StringAssert.Contains(error.Message, path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void A_file_that_leaves_a_dimension_open_is_named()
    {
        var path = Path.GetTempFileName();
        try
        {
            new ModelBuilder(17).Input("x", -1, -1).Node("Relu", ["x"], ["y"]).Output("y").Build().Save(path);
            var error = Assert.ThrowsExactly<InvalidModelException>(() => Network.Load(path));
            StringAssert.Contains(error.Message, path);
            StringAssert.Contains(error.Message, "Axis 1 of the input 'x'");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void An_operator_of_an_unknown_domain()
    {
        var model = new ModelBuilder(17).Input("x", -1, 3).Node("Relu", ["x"], ["h"]).Node("Frobnicate", ["h"], ["y"]).Output("y");
        (model.Graph.Node[1].Domain, model.Graph.Node[1].Name) = ("com.example", "the odd one");
        model.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.example", Version = 1 });
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Network.From(model.Build()));
        StringAssert.Contains(error.Message, "'the odd one' uses 'com.example:Frobnicate'");
        StringAssert.Contains(error.Message, "opset");
        StringAssert.Contains(error.Message, "Export the network with standard operators");
    }

    [TestMethod]
    public void An_operator_that_the_standard_does_not_have()
    {
        var model = new ModelBuilder(17).Input("x", -1, 3).Node("Rellu", ["x"], ["y"]).Output("y");
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Network.From(model.Build()));
        StringAssert.Contains(error.Message, "Rellu");
        StringAssert.Contains(error.Message, "opset 17");
    }

    [TestMethod]
    public void Shapes_that_do_not_fit()
    {
        var model =
            new ModelBuilder(17).Input("x", -1, 3).Initializer("w", Samples.Floats(4, 2)).Node("MatMul", ["x", "w"], ["y"]).Output("y");
        var error = Assert.ThrowsExactly<InvalidModelException>(() => Network.From(model.Build()));
        StringAssert.Contains(error.Message, "ONNX Runtime refuses the model");
    }

    [TestMethod]
    public void Inputs_and_layers_that_are_not_there()
    {
        var network = References.Network("cnn_digits");
        var input = Assert.ThrowsExactly<ArgumentException>(() => network.Input("image"));
        StringAssert.Contains(input.Message, "no input 'image'; it has 'input'");
        var layer = Assert.ThrowsExactly<ArgumentException>(() => network.Layer("/conv1/Convv"));
        StringAssert.Contains(layer.Message, "no layer '/conv1/Convv'");
        StringAssert.Contains(layer.Message, "Similar: '/conv1/Conv'");
    }

    [TestMethod]
    public void An_input_that_is_not_only_one()
    {
        var two = new ModelBuilder(17).Input("a", -1, 3).Input("b", -1, 3).Node("Add", ["a", "b"], ["y"]).Output("y");
        var several = Assert.ThrowsExactly<ArgumentException>(() => Network.From(two.Build()).DefaultInput);
        StringAssert.Contains(several.Message, "several inputs that can be explained: 'a', 'b'");
        var none = Assert.ThrowsExactly<ArgumentException>(() => References.Network("transformer_text").DefaultInput);
        StringAssert.Contains(none.Message, "no input of floating-point numbers");
        StringAssert.Contains(none.Message, "embedding");
    }
}
