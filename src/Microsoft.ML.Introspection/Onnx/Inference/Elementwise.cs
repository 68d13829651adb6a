namespace Microsoft.ML.Introspection.Onnx.Inference;

internal static partial class ShapeInference
{
    private static IEnumerable<KeyValuePair<string, Func<Site, IReadOnlyList<Outcome>>>> ElementwiseRules() =>
    [
        .. For("Abs Neg Sign Exp Log Sqrt Reciprocal Erf Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Asinh Acosh Atanh " +
               "Floor Ceil Round Relu LeakyRelu Elu Selu Celu Sigmoid HardSigmoid HardSwish Softplus Softsign Gelu Mish " +
               "ThresholdedRelu Clip Identity Dropout Softmax LogSoftmax Hardmax Not CumSum Trilu ReverseSequence",
            s => new(s.X.Type, s.X.Shape)),
        .. For("Add Sub Mul Div Pow Mod PRelu Max Min Sum Mean And Or Xor", s => new(s.X.Type, BroadcastAll(s))),
        .. For("Equal Greater GreaterOrEqual Less LessOrEqual", s => new(ElementType.Bool, BroadcastAll(s))),
        .. For("IsNaN IsInf", s => new(ElementType.Bool, s.X.Shape)),
        .. For("Where", s => new(s.Input(1).Type, BroadcastAll(s))),
        .. For("Cast", s => new((ElementType)s.Attributes.Int("to"), s.X.Shape)),
        .. For("RandomNormalLike RandomUniformLike", s => new((ElementType)s.Attributes.Int("dtype", (long)s.X.Type), s.X.Shape)),
        .. For("BatchNormalization", s => new(s.X.Type, s.X.Shape)),
    ];

    private static Shape BroadcastAll(Site site)
    {
        // Integers and floats do not mix; the runtime would say so only when the model is loaded.
        var operands = site.Inputs.OfType<Value>().Skip(site.Operator == "Where" ? 1 : 0).ToList();
        if (site.Operator != "Pow" && operands.Any(o => o.Type != operands[0].Type))
            throw site.Wrong("all operands must have one element type.");
        return site.Inputs.OfType<Value>().Select(i => i.Shape).Aggregate(Shape.Broadcast);
    }
}
