using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.TensorFlow.Families.Rule;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>Normalisations and the softmax.</summary>
internal static class Normalizing
{
    public static IReadOnlyDictionary<string, TranslationRule> Rules { get; } = new Dictionary<string, TranslationRule>
    {
        ["FusedBatchNorm"] = BatchNormalization,
        ["FusedBatchNormV2"] = BatchNormalization,
        ["FusedBatchNormV3"] = BatchNormalization,
        ["LRN"] = One(s => s.Channels.LocalResponseNormalization(s.X, s.Attributes.Int("depth_radius", 5), s.Attributes.Float("bias", 1),
            s.Attributes.Float("alpha", 1), s.Attributes.Float("beta", 0.5f))),
        ["L2Loss"] = One(s => (s.X * s.X).ReduceSum([.. Enumerable.Range(0, s.X.Rank).Select(i => (long)i)], keepDimensions: false) * 0.5),
        ["Softmax"] = One(s => s.X.Softmax(-1)),
        ["LogSoftmax"] = One(s => s.X.LogSoftmax(-1)),
    };

    private static IReadOnlyList<Item> BatchNormalization(OperatorSite s)
    {
        if (s.Attributes.Truth("is_training", true))
            throw s.Wrong("it normalises by the statistics of the batch, as in training. Save the model for inference.");
        return
        [
            new Item.Tensor(s.Channels.BatchNormalization(s.X, s.Input(1), s.Input(2), s.Input(3), s.Input(4),
                s.Attributes.Float("epsilon", 1e-4f))),
            new Item.Tensor(s.Input(3)), new Item.Tensor(s.Input(4)),
        ];
    }
}
