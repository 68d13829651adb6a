using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Differentiation.Rules;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Reading.Opsets;
using Microsoft.ML.Introspection.Tests.Differentiation;
using Microsoft.ML.Introspection.Tests.Differentiation.Cases;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>One row an operator: none is missing, and what a row says is what ONNX Runtime computes.</summary>
[TestClass]
public sealed class KnowingOperators
{
    // The standard's own list, operator set 26.
    private const string Standard = """
        Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool
        BatchNormalization Bernoulli BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow
        Cast CastLike Ceil Celu CenterCropPad Clip Col2Im Compress Concat ConcatFromSequence Constant ConstantOfShape
        Conv ConvInteger ConvTranspose Cos Cosh CumProd CumSum DFT DeformConv DepthToSpace DequantizeLinear Det Div Dropout
        DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor GRU Gather GatherElements GatherND
        Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization
        HammingWindow HannWindow HardSigmoid HardSwish Hardmax Identity If ImageDecoder InstanceNormalization IsInf IsNaN
        LRN LSTM LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax Loop LpNormalization LpPool MatMul
        MatMulInteger Max MaxPool MaxRoiPool MaxUnpool Mean MeanVarianceNormalization MelWeightMatrix Min Mish Mod Mul
        Multinomial Neg NegativeLogLikelihoodLoss NonMaxSuppression NonZero Not OneHot Optional OptionalGetElement
        OptionalHasElement Or PRelu Pad Pow QLinearConv QLinearMatMul QuantizeLinear RMSNormalization RNN RandomNormal
        RandomNormalLike RandomUniform RandomUniformLike Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp
        ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare RegexFullMatch Relu Reshape Resize
        ReverseSequence RoiAlign RotaryEmbedding Round STFT Scan Scatter ScatterElements ScatterND Selu SequenceAt
        SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap Shape Shrink Sigmoid Sign
        Sin Sinh Size Slice Softmax SoftmaxCrossEntropyLoss Softplus Softsign SpaceToDepth Split SplitToSequence Sqrt
        Squeeze StringConcat StringNormalizer StringSplit Sub Sum Swish Tan Tanh TensorScatter TfIdfVectorizer
        ThresholdedRelu Tile TopK Transpose Trilu Unique Unsqueeze Upsample Where Xor
        """;

    public static IEnumerable<object[]> Cases => RuleCases.All.Values
        .Where(c => OperatorFacts.Of(c.Operator) is { } facts && (facts.Has(OperatorTraits.Linear) || facts.Sign != NotNegative.Unknown))
        .Select(c => new object[] { c.Name });

    [TestMethod]
    public void Every_operator_of_the_standard_has_one_row()
    {
        var names = OperatorTable.Rows.Select(f => f.Name).ToList();
        CollectionAssert.AllItemsAreUnique(names);
        CollectionAssert.AreEquivalent(Standard.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries), names);
    }

    [TestMethod]
    public void Every_row_has_a_backward_rule_or_is_flat_or_is_refused_with_a_reason()
    {
        foreach (var facts in OperatorFacts.All.Where(f => f.Kind != OperatorKind.Replaced))
        {
            var hasRule = BackwardRules.Default.Operators.Contains(facts.Name);
            Assert.AreNotEqual(hasRule, Refused.Reasons.ContainsKey(facts.Name), facts.Name);
            Assert.AreEqual(facts.IsFlat, Flat.Rules.ContainsKey(facts.Name), facts.Name);
        }
    }

    [TestMethod]
    public void Conversions_are_of_operators_that_have_a_row()
    {
        foreach (var name in OpsetSteps.Operators)
            Assert.IsNotNull(OperatorFacts.Of(name), name);
    }

    [TestMethod]
    public void Functions_are_of_single_elements_and_only_movements_keep_the_elements()
    {
        foreach (var facts in OperatorFacts.All)
        {
            Assert.IsTrue(facts.Kind != OperatorKind.Function || facts.Has(OperatorTraits.Elementwise), facts.Name);
            if (facts.Has(OperatorTraits.SameElements))
                Assert.AreEqual((OperatorKind.Movement, NotNegative.AsFirst), (facts.Kind, facts.Sign), facts.Name);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void What_a_row_says_holds(string name)
    {
        var rule = RuleCases.All[name];
        var (facts, written) = (OperatorFacts.Of(rule.Operator)!, rule.Write(ElementType.Float));
        using var session = GraphRunner.Load(written.Outputs[0].Graph.ToModel(written.Function.Select((o, i) => ($"output_{i}", o))));

        // Parameters stay, and updates that are multiplied or compared are no sum.
        var isReduced = rule.Attributes.Text("reduction", "none") is "mul" or "max" or "min";
        if (facts.Has(OperatorTraits.Linear) && !isReduced)
        {
            var moving = facts.Kind == OperatorKind.BatchNormalization ? 1 : written.Variables.Count;
            var (here, there) = (Run((x, _) => x, 0), Run((x, i) => x + Way(i), moving));
            var beyond = Run((x, i) => x + 2 * Way(i), moving);
            for (var i = 0; i < here.Length; i++)
                Near.Equal(2 * there[i], beyond[i] + here[i], 2e-5 * (1 + Math.Abs(beyond[i]) + Math.Abs(here[i])), name);
        }
        if (facts.Has(OperatorTraits.SameElements))
            CollectionAssert.AreEqual(written.Variables[0].Numbers.ToDouble(), Run((x, _) => x, 0));
        var producer = written.Outputs[0].Producer!;
        var isTold = facts.Sign switch
        {
            NotNegative.Unknown => false,
            NotNegative.AsAll or NotNegative.AsAny or NotNegative.AsFirstOrBound => producer.Inputs.All(IsNotNegative)
                && rule.Attributes.Float("alpha", 1) >= 0 && rule.Attributes.Float("beta", 1) >= 0,
            _ => true,
        };
        if (isTold)
            foreach (var element in Run((x, _) => facts.Sign == NotNegative.Always ? x : Math.Abs(x), written.Variables.Count))
                Assert.IsTrue(element >= 0, $"{name}: {element} is below 0");

        static bool IsNotNegative(Value? input) => input?.Constant is not { Opaque: null } constant || constant.ToDouble().All(v => v >= 0);

        double[] Run(Func<double, int, double> moved, int variables) => session.Run(written.Variables.Index().ToDictionary(
            v => v.Item.Value.Name, v => v.Index < variables ? Moved(v.Item.Numbers, moved) : v.Item.Numbers))["output_0"].ToDouble();

        Tensor Moved(Tensor numbers, Func<double, int, double> moved) =>
            Tensor.FromDoubles(numbers.Type, [.. numbers.ToDouble().Select(moved)], numbers.Dimensions.ToArray());

        double Way(int i) => 0.25 * (i % 5 - 2) + 0.125;
    }
}
