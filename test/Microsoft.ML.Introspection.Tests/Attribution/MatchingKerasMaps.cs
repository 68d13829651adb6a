using Microsoft.ML.Introspection.Conformance;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Maps of a network of Keras against tf-keras-vis and iNNvestigate (see <c>test/data/README.md</c>).</summary>
[TestClass]
public sealed class MatchingKerasMaps
{
    [TestMethod]
    public void Maps_are_those_of_tf_keras_vis_and_iNNvestigate()
    {
        using var arrays = References.Archive("keras_vgg_tiny_maps");
        var maps = TrainedNetworks.Compare(References.TreeFile("keras_vgg_tiny.h5"), "block3_conv1", arrays);
        Assert.HasCount(9, maps);
        foreach (var (array, off, tolerance) in maps)
            Finite.AtMost(tolerance, off, array);
    }
}
