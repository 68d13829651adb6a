using static Microsoft.ML.Introspection.Onnx.ConstantFolding;
using static Microsoft.ML.Introspection.Onnx.NotNegative;
using static Microsoft.ML.Introspection.Onnx.OperatorKind;
using static Microsoft.ML.Introspection.Onnx.OperatorTraits;
using static Microsoft.ML.Introspection.Onnx.ShapeInference;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>The operators of the ONNX standard, a row each; the meaning of the columns is told by <see cref="OperatorFacts"/>.</summary>
internal static class OperatorTable
{
    public static IEnumerable<OperatorFacts> Rows =>
    [
        // Functions of single elements.
        .. Alike(Function, Elementwise, """
            LeakyRelu ThresholdedRelu Elu Celu Selu Tanh Softsign HardSwish Gelu Mish Log Erf Sin Cos Tan Asin
            Acos Atan Sinh Cosh Asinh Acosh Atanh
            """, Same),
        new("Relu", Function, Elementwise, Always, Same, (x, _) => Map(x[0], v => Math.Max(v, 0), v => Math.Max(v, 0))),
        new("PRelu", Function, Elementwise, Infer: Spread),
        new("Sigmoid", Function, Elementwise, Always, Same),
        new("HardSigmoid", Function, Elementwise, Always, Same),
        new("Softplus", Function, Elementwise, Always, Same),
        .. Alike(Function, Elementwise, "Swish Shrink"),
        new("Clip", Function, Elementwise, AsFirstOrBound, Same),
        new("Neg", Function, Elementwise | Linear | Harmless | Smooth, Infer: Same, Fold: (x, _) => Map(x[0], v => -v, v => -v)),
        new("Abs", Function, Elementwise | Harmless, Always, Same, (x, _) => Map(x[0], Math.Abs, v => v < 0 ? -v : v)),
        new("Pow", Function, Elementwise | Smooth, Infer: Spread),
        new("Sqrt", Function, Elementwise | Smooth, AsFirst, Same, (x, _) => Map(x[0], Math.Sqrt)),
        new("Exp", Function, Elementwise, Always, Same, (x, _) => Map(x[0], Math.Exp)),
        new("Reciprocal", Function, Elementwise | Smooth, Infer: Same, Fold: (x, _) => Map(x[0], v => 1 / v)),
        new("Mod", Other, Elementwise | Smooth | Quick, Infer: Spread),

        // Functions of several elements.
        new("Add", Sum, Linear | Elementwise | Harmless | Smooth, AsAll, Spread, Arithmetic(Binary.Add)),
        new("Sub", Sum, Linear | Elementwise | Harmless | Smooth, Infer: Spread, Fold: Arithmetic(Binary.Subtract)),
        new("Sum", Sum, Linear | Elementwise, AsAll, Spread),
        new("Mean", Sum, Linear | Elementwise, AsAll, Spread),
        new("Mul", Product, Elementwise | Harmless | Smooth | Quick, AsAll, Spread, Arithmetic(Binary.Multiply)),
        new("Div", Quotient, Elementwise | Smooth, AsAll, Spread, Arithmetic(Binary.Divide)),
        new("Max", Extremum, Elementwise | Harmless, AsAny, Spread, Arithmetic(Binary.Maximum)),
        new("Min", Extremum, Elementwise | Harmless, AsAll, Spread, Arithmetic(Binary.Minimum)),
        new("MatMul", Product, Contracts, Sign: AsAll, Infer: One(s => new(s.X.Type, Multiplied(s)))),
        new("Gemm", Product, Contracts, Sign: AsAll, Infer: One(s => new(s.X.Type, Gemm(s)))),
        new("Einsum", Product, Infer: One(s => new(s.X.Type, Einsum(s)))),
        new("Conv", Convolution, Sign: AsAll, Infer: One(s => new(s.X.Type, Convolved(s)))),
        new("ConvTranspose", Convolution, Sign: AsAll, Infer: One(s => new(s.X.Type, Deconvolved(s)))),
        new("CumSum", Sum, Linear | Smooth, Infer: Same),
        new("CumProd", Other),
        new("ReduceSum", Sum, Linear | Smooth, AsFirst, Along),
        new("ReduceMean", Sum, Linear | Smooth, AsFirst, Along),
        new("ReduceMax", Maximum, Sign: AsFirst, Infer: Along),
        new("ReduceMin", Minimum, Sign: AsFirst, Infer: Along),
        new("ReduceL1", Other, Quick, Sign: Always, Infer: Along),
        new("ReduceL2", Other, Quick, Sign: Always, Infer: Along),
        new("ReduceProd", Other, Smooth | Quick, Infer: Along),
        .. Alike(Other, None, "ReduceLogSum ReduceLogSumExp", Along),
        new("ReduceSumSquare", Other, Quick, Sign: Always, Infer: Along),
        new("AveragePool", AveragePooling, Linear | Pools, AsFirst, One(s => new(s.X.Type, Pooled(s)))),
        new("GlobalAveragePool", AveragePooling, Linear | Pools, AsFirst, One(s => new(s.X.Type, PooledToPoint(s)))),
        new("LpPool", AveragePooling, Pools, Infer: One(s => new(s.X.Type, Pooled(s)))),
        new("GlobalLpPool", AveragePooling, Pools, Infer: One(s => new(s.X.Type, PooledToPoint(s)))),
        new("MaxPool", Maximum, Pools, AsFirst, s => [new(s.X.Type, Pooled(s)), new(ElementType.Int64, Pooled(s))]),
        new("GlobalMaxPool", Maximum, Pools, AsFirst, One(s => new(s.X.Type, PooledToPoint(s)))),
        new("Resize", OperatorKind.Interpolation, Linear | Grows, Infer: One(s => new(s.X.Type, Resized(s)))),
        new("Softmax", Softmax, Sign: Always, Infer: Same),
        new("LogSoftmax", Softmax, Infer: Same),
        new("BatchNormalization", BatchNormalization, Linear, Infer: Same),
        .. Alike(Normalization, None, "LayerNormalization InstanceNormalization GroupNormalization RMSNormalization"),
        new("LRN", LocalNormalization),
        .. Alike(Other, None, "Det LpNormalization MeanVarianceNormalization"),
        .. Alike(Recurrent, None, "GRU LSTM RNN"),
        .. Alike(Attention, None, "Attention RotaryEmbedding"),

        // Movement of elements.
        new("Identity", Movement, Linear | Elementwise | SameElements | Harmless | Smooth, AsFirst, Same, (x, _) => x[0]),
        new("Dropout", Movement, Linear | Elementwise | SameElements, AsFirst, Same),
        new("Cast", Movement, Linear | Elementwise | SameElements | Harmless | Dequantises | Smooth, AsFirst,
            One(s => new((ElementType)s.Attributes.Int("to"), s.X.Shape)), (x, a) => ConstantFolding.Cast(x[0], (ElementType)a.Int("to"))),
        new("CastLike", Movement, Linear | Elementwise | Harmless | Dequantises | Smooth),
        new("Reshape", Movement, Linear | SameElements | Smooth, AsFirst, One(s => new(s.X.Type, Reshaped(s))),
            (x, a) => ConstantShaping.Reshape(x[0], x[1].ToInt64(), a.Int("allowzero") != 0)),
        new("Flatten", Movement, Linear | SameElements | Smooth, AsFirst, One(s => new(s.X.Type, Flattened(s))),
            (x, a) => ConstantShaping.Flatten(x[0], (int)a.Int("axis", 1))),
        new("Squeeze", Movement, Linear | SameElements | Smooth, AsFirst, One(s => new(s.X.Type, Squeezed(s))),
            (x, _) => ConstantShaping.Squeeze(x[0], x.Length > 1 ? x[1].ToInt64() : null)),
        new("Unsqueeze", Movement, Linear | SameElements | Smooth, AsFirst, One(s => new(s.X.Type, Unsqueezed(s))),
            (x, _) => ConstantShaping.Unsqueeze(x[0], x[1].ToInt64())),
        new("Expand", Movement, Linear | Grows | Smooth, AsFirst, One(s => new(s.X.Type, Expanded(s))),
            (x, _) => Fits(x[1]) ? ConstantShaping.Expand(x[0], x[1].ToInt64()) : null),
        new("Transpose", Movement, Linear | Smooth, AsFirst, One(s => new(s.X.Type, Transposed(s))),
            (x, a) => ConstantShaping.Transpose(x[0], a.Ints("perm"))),
        new("Concat", Movement, Linear | Smooth, AsAll, One(s => new(s.X.Type, Concatenated(s))),
            (x, a) => ConstantShaping.Concat(x, (int)a.Int("axis"))),
        new("Split", Movement, Linear | Smooth, Infer: Parts),
        new("Slice", Movement, Linear | Smooth, AsFirst, One(s => new(s.X.Type, Sliced(s))), (x, _) => ConstantShaping.Slice(
            x[0], x[1].ToInt64(), x[2].ToInt64(), x.Length > 3 ? x[3].ToInt64() : null, x.Length > 4 ? x[4].ToInt64() : null)),
        new("Pad", Movement, Linear | Grows, Infer: One(s => new(s.X.Type, Padded(s))),
            Fold: (x, a) => x.Length == 2 && a.Text("mode", "constant") == "constant" ? ConstantShaping.Pad(x[0], x[1].ToInt64()) : null),
        new("Tile", Movement, Linear | Grows | Smooth, AsFirst, One(s => new(s.X.Type, Tiled(s)))),
        new("DepthToSpace", Movement, Linear, AsFirst, One(s => new(s.X.Type, ToSpace(s)))),
        new("SpaceToDepth", Movement, Linear, AsFirst, One(s => new(s.X.Type, ToDepth(s)))),
        new("Trilu", Movement, Linear, Infer: Same),
        new("Gather", Movement, Linear | Smooth, AsFirst, One(s => new(s.X.Type, Gathered(s))),
            (x, a) => ConstantShaping.Gather(x[0], x[1], (int)a.Int("axis"))),
        new("GatherElements", Movement, Linear | Smooth, Infer: One(s => new(s.X.Type, s.Input(1).Shape))),
        new("GatherND", Movement, Linear, Infer: One(s => new(s.X.Type, GatheredNd(s)))),
        new("ScatterElements", Movement, Linear, Infer: Same),
        new("ScatterND", Movement, Linear, Infer: Same),
        new("Where", Movement, Linear | Elementwise | Harmless, Infer: One(s => new(s.Input(1).Type, BroadcastAll(s))),
            Fold: (x, _) => x[1].Type == ElementType.Int64 && x[0].Type == ElementType.Bool ? Choose(x[0], x[1], x[2]) : null),
        new("TopK", Movement, Infer: TopK),
        new("ReverseSequence", Movement, Linear, AsFirst, Same),
        new("CenterCropPad", Movement, Linear),
        new("Compress", Movement, OpenExtents),
        new("Col2Im", Sum, Linear),
        new("MaxUnpool", Other),
        new("OneHot", Other, Quick | Grows, Infer: One(s => new(s.Input(2).Type, OneHot(s)))),
        new("Range", Other, Grows | Smooth | Quick, Infer: One(s => new(s.X.Type, new Shape(Counted(s)))),
            Fold: (x, _) => ConstantFolding.Range(x[0], x[1], x[2])),

        // Steps, comparisons, positions, extents: no gradient flows.
        new("Sign", Flat, Elementwise | Harmless, Infer: Same),
        .. Alike(Flat, Elementwise | Smooth, "Floor Ceil Round", Same),
        new("Equal", Flat, Elementwise | Harmless, Infer: Truth, Fold: Comparison((a, b) => a == b)),
        new("Less", Flat, Elementwise | Harmless, Infer: Truth, Fold: Comparison((a, b) => a < b)),
        new("LessOrEqual", Flat, Elementwise | Harmless, Infer: Truth, Fold: Comparison((a, b) => a <= b)),
        new("Greater", Flat, Elementwise | Harmless, Infer: Truth, Fold: Comparison((a, b) => a > b)),
        new("GreaterOrEqual", Flat, Elementwise | Harmless, Infer: Truth, Fold: Comparison((a, b) => a >= b)),
        .. Alike(Flat, Elementwise, "IsNaN IsInf", Truth),
        new("Not", Flat, Elementwise, Infer: Same,
            Fold: (x, _) => Tensor.From(Array.ConvertAll(x[0].As<bool>().ToArray(), v => !v), x[0].Dimensions)),
        new("And", Flat, Elementwise, Infer: Spread, Fold: (x, _) => Compare<bool>(x[0], x[1], (a, b) => a && b)),
        new("Or", Flat, Elementwise, Infer: Spread, Fold: (x, _) => Compare<bool>(x[0], x[1], (a, b) => a || b)),
        new("Xor", Flat, Elementwise, Infer: Spread),
        .. Alike(Flat, Elementwise, "BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor"),
        new("Hardmax", Flat, Infer: Same),
        .. Alike(Flat, None, "ArgMax ArgMin", One(s => new(ElementType.Int64, Reduced(s, [s.Attributes.Int("axis")])))),
        .. Alike(Flat, OpenExtents, "NonZero NonMaxSuppression"),
        new("Unique", Other, OpenExtents),
        new("Shape", Flat, Harmless | Smooth, Infer: One(s => new(ElementType.Int64, Shape.Of(ShapeOf(s))))),
        new("Size", Flat, Harmless | Smooth, Infer: One(_ => new(ElementType.Int64, Shape.Scalar)),
            Fold: (x, _) => Tensor.Scalar(x[0].Count)),
        new("Constant", Flat),
        new("ConstantOfShape", Flat, Grows | Smooth, Infer: One(s => new(s.Attributes.Tensor("value")?.Type ?? ElementType.Float, Made(s))),
            Fold: (x, a) => Fits(x[0])
                ? ConstantShaping.Expand(
                    (a.Tensor("value") ?? Tensor.Scalar(0f)).Reshaped([.. x[0].ToInt64().Select(_ => 1L)]), x[0].ToInt64())
                : null),
        .. Alike(Flat, Grows, "BlackmanWindow HammingWindow HannWindow",
            One(s => new(Declared(s, "output_datatype"), Shape.Of(Number(s, 0))))),
        new("MelWeightMatrix", Flat, Grows,
            Infer: One(s => new(Declared(s, "output_datatype"), Shape.Of(Number(s, 1) / 2 + 1, Number(s, 0))))),
        .. Alike(Flat, None, """
            EyeLike SequenceEmpty SequenceLength OptionalHasElement ImageDecoder
            RegexFullMatch StringConcat StringNormalizer StringSplit TfIdfVectorizer
            """),
        .. Alike(OperatorKind.Random, None, "RandomNormalLike RandomUniformLike",
            One(s => new((ElementType)s.Attributes.Int("dtype", (long)s.X.Type), s.X.Shape))),
        .. Alike(OperatorKind.Random, None, "RandomNormal RandomUniform Bernoulli Multinomial"),

        // Integers that stand for real numbers.
        new("DequantizeLinear", Quantization, Dequantises | Quick),
        new("QuantizeLinear", Quantization, Quantises | Quick),
        .. Alike(Quantization, Quantises, "DynamicQuantizeLinear MatMulInteger ConvInteger QLinearMatMul QLinearConv"),

        // What no gradient of ours passes; see Differentiation/Rules/Refused.
        .. Alike(Control, None, "If Loop Scan"),
        .. Alike(Sequence, None, """
            SequenceMap ConcatFromSequence SequenceAt SequenceConstruct SequenceErase SequenceInsert SplitToSequence
            Optional OptionalGetElement
            """),
        .. Alike(Loss, None, "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss"),
        .. Alike(Other, None, "AffineGrid BitCast DeformConv DFT GridSample MaxRoiPool RoiAlign STFT TensorScatter"),
        .. Alike(Replaced, None, "Scatter Upsample"),
    ];

    // Operators of which the same is to be said.
    private static IEnumerable<OperatorFacts> Alike(OperatorKind kind, OperatorTraits traits, string names, InferRule? infer = null) =>
        names.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
            .Select(name => new OperatorFacts(name, kind, traits, Infer: infer));
}
