using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Reading;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>
/// A node of an old operator set and its converted form give the same in ONNX Runtime, which still runs both: to the last
/// bit, but for AveragePool, which adds up in another order since version 19.
/// </summary>
[TestClass]
public sealed class ConvertingOpsets
{
    [TestMethod]
    [DataRow("Softmax", 9, 2, 1)]
    [DataRow("Softmax", 12, 4, 1)]
    [DataRow("Softmax", 12, 4, 3)]
    [DataRow("Softmax", 11, 3, -1)]
    [DataRow("Softmax", 11, 4, -2)]
    [DataRow("Softmax", 7, 3, 0)]
    [DataRow("LogSoftmax", 10, 3, 1)]
    [DataRow("LogSoftmax", 11, 3, 2)]
    [DataRow("Hardmax", 12, 3, 1)]
    public void Softmax_over_several_axes(string name, int opset, int rank, int axis) =>
        Agrees(opset, name, [Samples.Floats([.. new long[] { 2, 3, 4, 5 }.Take(rank)])], ("axis", axis));

    [TestMethod]
    public void Softmax_without_an_axis_starts_at_the_first() =>
        Agrees(12, "Softmax", [Samples.Floats(2, 3, 4)]);

    [TestMethod]
    [DataRow(7), DataRow(10), DataRow(11)]
    public void Clip(int opset)
    {
        if (opset < 11)
        {
            Agrees(opset, "Clip", [Samples.Floats(3, 4)], ("min", -0.5f), ("max", 1f));
            Agrees(opset, "Clip", [Samples.Floats(3, 4)], ("max", 0.25f));
            Agrees(opset, "Clip", [Samples.Floats(3, 4)]);
        }
        else
        {
            Agrees(opset, "Clip", [Samples.Floats(3, 4), Tensor.Scalar(0f), Tensor.Scalar(1f)]);
        }
    }

    [TestMethod]
    [DataRow("constant", 0f), DataRow("constant", 1.5f), DataRow("reflect", 0f), DataRow("edge", 0f)]
    public void Pad(string mode, float value)
    {
        Agrees(7, "Pad", [Samples.Floats(2, 3, 4)], ("pads", new long[] { 0, 1, 2, 0, 2, 1 }), ("mode", mode), ("value", value));
        Agrees(10, "Pad", [Samples.Floats(2, 3, 4)], ("pads", new long[] { 0, 1, 2, 0, 2, 1 }), ("mode", mode), ("value", value));
        Agrees(13, "Pad", [Samples.Floats(2, 3, 4), Tensor.Vector(0L, 1, 2, 0, 2, 1), Tensor.Scalar(value)], ("mode", mode));
        Agrees(18, "Pad", [Samples.Floats(2, 3, 4), Tensor.Vector(1L, 2, 2, 1), Tensor.Scalar(value), Tensor.Vector(1L, 2)],
            ("mode", mode));
    }

    [TestMethod]
    public void Pad_of_another_type() => Agrees(10, "Pad", [Tensor.From([1.0, 2, 3], 3)], ("pads", new long[] { 1, 2 }), ("value", 1.5f));

    [TestMethod]
    [DataRow(7), DataRow(9)]
    public void Slice(int opset)
    {
        Agrees(opset, "Slice", [Samples.Floats(4, 5, 6)], ("starts", new long[] { 1, 0 }), ("ends", new long[] { 3, 4 }),
            ("axes", new long[] { 0, 2 }));
        Agrees(opset, "Slice", [Samples.Floats(4, 5)], ("starts", new long[] { 1, -3 }), ("ends", new long[] { 100, -1 }));
    }

    [TestMethod]
    public void Slice_10_with_a_step() =>
        Agrees(10, "Slice",
            [Samples.Floats(4, 5), Tensor.Vector(3L, 0), Tensor.Vector(0L, 5), Tensor.Vector(0L, 1), Tensor.Vector(-1L, 2)]);

    [TestMethod]
    public void TopK()
    {
        Agrees(9, "TopK", 2, [Samples.Floats(3, 6)], ("k", 2), ("axis", 1));
        Agrees(10, "TopK", 2, [Samples.Floats(3, 6), Tensor.Vector(4L)]);
        Agrees(11, "TopK", 2, [Samples.Floats(3, 6), Tensor.Vector(4L)], ("largest", 0), ("axis", 0 - 1));
    }

    [TestMethod]
    [DataRow("ReduceSum", 11), DataRow("ReduceSum", 12), DataRow("ReduceSum", 13)]
    [DataRow("ReduceMean", 7), DataRow("ReduceMean", 13), DataRow("ReduceMean", 17)]
    [DataRow("ReduceMax", 11), DataRow("ReduceMax", 12), DataRow("ReduceMin", 13)]
    [DataRow("ReduceProd", 13), DataRow("ReduceL1", 13), DataRow("ReduceL2", 13)]
    [DataRow("ReduceLogSum", 13), DataRow("ReduceLogSumExp", 13), DataRow("ReduceSumSquare", 13)]
    public void Reductions(string name, int opset)
    {
        var x = Samples.Positives(2, 3, 4);
        if (name == "ReduceSum" && opset >= 13)
        {
            Agrees(opset, name, [x, Tensor.Vector(-1L, 0)], ("keepdims", 0));
            return;
        }
        Agrees(opset, name, [x], ("axes", new long[] { 0, 2 }), ("keepdims", 0));
        Agrees(opset, name, [x], ("axes", new long[] { 1 }));
        Agrees(opset, name, [x]);
        if (opset >= 11)
            Agrees(opset, name, [x], ("axes", new long[] { -1 }));
    }

    [TestMethod]
    [DataRow(7), DataRow(11), DataRow(12)]
    public void Axes_of_extent_one(int opset)
    {
        Agrees(opset, "Squeeze", [Samples.Floats(1, 3, 1, 2)], ("axes", new long[] { 0, 2 }));
        Agrees(opset, "Squeeze", [Samples.Floats(1, 3, 1, 2)]);
        Agrees(opset, "Unsqueeze", [Samples.Floats(3, 2)], ("axes", new long[] { 0, 3 }));
    }

    [TestMethod]
    [DataRow(7), DataRow(11), DataRow(13), DataRow(17)]
    public void Split(int opset)
    {
        Agrees(opset, "Split", 3, [Samples.Floats(6, 4)]);
        Agrees(opset, "Split", 2, [Samples.Floats(3, 4)], ("axis", 1));
        if (opset < 13)
            Agrees(opset, "Split", 2, [Samples.Floats(6, 4)], ("split", new long[] { 1, 5 }));
        else
            Agrees(opset, "Split", 2, [Samples.Floats(6, 4), Tensor.Vector(1L, 5)]);
    }

    [TestMethod]
    [DataRow("nearest"), DataRow("linear")]
    public void Upsample(string mode)
    {
        var (x, scales) = (Samples.Floats(1, 2, 3, 4), new float[] { 1, 1, 2, 2.5f });
        Agrees(7, "Upsample", [x], ("scales", scales), ("mode", mode));
        Agrees(9, "Upsample", [x, Tensor.Vector<float>(scales)], ("mode", mode));
    }

    [TestMethod]
    [DataRow(2f, 3f), DataRow(0.5f, 0.4f), DataRow(2f, 0.5f), DataRow(1f, 1.7f), DataRow(1f, 0.7f)]
    public void Resize_before_it_had_coordinates(float high, float wide)
    {
        foreach (var mode in (string[])["nearest", "linear"])
        {
            foreach (var constant in (bool[])[true, false])
                Agrees(10, "Resize", 1, [Samples.Floats(1, 2, 5, 7), Tensor.Vector(1, 1, high, wide)], constant, ("mode", mode));
        }
    }

    [TestMethod]
    public void Resize_with_empty_inputs()
    {
        var (x, none) = (Samples.Floats(1, 2, 4, 4), Tensor.Vector<float>());
        foreach (var opset in (int[])[11, 12, 13, 17, 18])
        {
            foreach (var coordinates in (string[])["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"])
            {
                Agrees(opset, "Resize", [x, none, none, Tensor.Vector(1L, 2, 7, 3)], ("mode", "linear"),
                    ("coordinate_transformation_mode", coordinates));
                Agrees(
                    opset, "Resize", [x, none, Tensor.Vector(1f, 1, 1.5f, 2)],
                    ("mode", "nearest"), ("nearest_mode", "floor"), ("coordinate_transformation_mode", coordinates));
                Agrees(opset, "Resize", [x, none, Tensor.Vector(1f, 1, 1.5f, 2)], ("mode", "cubic"),
                    ("coordinate_transformation_mode", coordinates));
            }
        }
    }

    [TestMethod]
    public void Resize_with_a_region() => Agrees(
        12, "Resize", [Samples.Floats(1, 1, 4, 4), Tensor.Vector(0f, 0, 0.1f, 0.2f, 1, 1, 0.8f, 0.9f), Tensor.Vector<float>(),
            Tensor.Vector(1L, 1, 3, 3)],
        ("mode", "linear"), ("coordinate_transformation_mode", "tf_crop_and_resize"));

    [TestMethod]
    [DataRow(2f), DataRow(0.5f), DataRow(1.5f), DataRow(0.4f), DataRow(3f)]
    public void Resize_with_the_coordinates_of_old_tensorflow(float scale) => Agrees(
        11, "Resize", [Samples.Floats(1, 2, 6, 10), Tensor.Vector<float>(), Tensor.Vector(1, 1, scale, scale)],
        ("mode", "nearest"), ("nearest_mode", "floor"), ("coordinate_transformation_mode", "tf_half_pixel_for_nn"));

    [TestMethod]
    public void Scatter() =>
        Agrees(9, "Scatter", [Samples.Floats(3, 3), Tensor.From([1L, 0, 2, 0, 2, 1], 2, 3), Samples.Seeded(3, 2, 3)], ("axis", 0));

    [TestMethod]
    [DataRow(7), DataRow(9), DataRow(13), DataRow(14)]
    public void BatchNormalization(int opset) => Agrees(
        opset, "BatchNormalization",
        [Samples.Floats(2, 3, 4), Samples.Floats(3), Samples.Seeded(1, 3), Samples.Seeded(2, 3), Samples.Positives(3)],
        ("epsilon", 1e-3f));

    [TestMethod]
    public void BatchNormalization_of_every_element()
    {
        Tensor[] inputs =
            [Samples.Floats(2, 3, 4), Samples.Floats(3, 4), Samples.Seeded(1, 3, 4), Samples.Seeded(2, 3, 4), Samples.Positives(3, 4)];
        var (old, current) = Both(7, "BatchNormalization", 1, inputs, true, ("epsilon", 1e-3f), ("spatial", 0));
        TensorAssert.AreClose(old[0], current[0], 1e-6);
    }

    [TestMethod]
    [DataRow(7), DataRow(10), DataRow(12), DataRow(13)]
    public void Dropout(int opset)
    {
        if (opset < 12)
            Agrees(opset, "Dropout", [Samples.Floats(2, 3)], ("ratio", 0.3f));
        else
            Agrees(opset, "Dropout", [Samples.Floats(2, 3), Tensor.Scalar(0.3f)]);
    }

    [TestMethod]
    public void RoiAlign_keeps_its_old_coordinates()
    {
        Tensor[] inputs = [Samples.Floats(1, 2, 8, 8), Tensor.From([0f, 0, 7, 7, 1, 2, 5, 6], 2, 4), Tensor.Vector(0L, 0)];
        Agrees(10, "RoiAlign", inputs, ("output_height", 3), ("output_width", 3), ("sampling_ratio", 2), ("spatial_scale", 0.8f));
        Agrees(16, "RoiAlign", inputs, ("output_height", 3), ("output_width", 3), ("sampling_ratio", 2), ("spatial_scale", 0.8f));
    }

    [TestMethod]
    [DataRow("bilinear"), DataRow("bicubic"), DataRow("nearest")]
    public void GridSample(string mode) => Agrees(
        16, "GridSample", [Samples.Floats(1, 2, 4, 5),
            Tensor.From(Array.ConvertAll(Samples.Floats(1, 3, 3, 2).As<float>().ToArray(), f => f / 2), 1, 3, 3, 2)],
        ("mode", mode), ("padding_mode", "border"));

    [TestMethod]
    public void GridSample_without_a_mode() => Agrees(16, "GridSample", [Samples.Floats(1, 2, 4, 5), Samples.Floats(1, 3, 3, 2)]);

    [TestMethod]
    public void DFT()
    {
        Agrees(17, "DFT", [Samples.Floats(2, 8, 1)], ("axis", 1), ("onesided", 1));
        Agrees(17, "DFT", [Samples.Floats(2, 8, 4, 2)], ("axis", 2));
        Agrees(17, "DFT", [Samples.Floats(2, 8, 4, 2), Tensor.Scalar(16L)]);
    }

    [TestMethod]
    [DataRow(0), DataRow(1)]
    public void AveragePool_whose_last_window_hangs_over(int countPadding)
    {
        foreach (var opset in (int[])[10, 11, 18])
            Agrees(
                opset, "AveragePool", [Samples.Floats(1, 2, 7, 6)], ("kernel_shape", new long[] { 3, 2 }), ("strides", new long[] { 2, 3 }),
                ("pads", new long[] { 1, 0, 1, 1 }), ("ceil_mode", 1), ("count_include_pad", countPadding));
    }

    [TestMethod]
    [DataRow("LSTM", 4), DataRow("GRU", 3), DataRow("RNN", 1)]
    public void Recurrent_layers(string name, int gates) => Agrees(
        7, name, [Samples.Floats(5, 2, 3), Samples.Floats(1, gates * 4, 3), Samples.Seeded(2, 1, gates * 4, 4),
            Samples.Seeded(3, 1, 2 * gates * 4)], ("hidden_size", 4));

    [TestMethod]
    public void What_did_not_change()
    {
        var image = Samples.Floats(1, 2, 6, 6);
        foreach (var opset in (int[])[7, 8, 9, 10, 11, 12, 13, 15, 17, 19, 20])
        {
            Agrees(opset, "Conv", [image, Samples.Floats(3, 2, 3, 3)], ("auto_pad", "SAME_UPPER"), ("strides", new long[] { 2, 2 }));
            Agrees(opset, "ConvTranspose", [image, Samples.Floats(2, 3, 3, 3)], ("strides", new long[] { 2, 2 }),
                ("output_padding", new long[] { 1, 1 }));
            Agrees(opset, "MaxPool", [image], ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }));
            Agrees(opset, "AveragePool", [image], ("kernel_shape", new long[] { 3, 3 }), ("pads", new long[] { 1, 1, 1, 1 }));
            Agrees(opset, "LpPool", [image], ("kernel_shape", new long[] { 3, 3 }), ("p", 2));
            Agrees(opset, "PRelu", [image, Samples.Floats(2, 1, 1)]);
            Agrees(opset, "Gemm", [Samples.Floats(2, 3), Samples.Floats(4, 3), Samples.Floats(4)], ("transB", 1), ("alpha", 0.5f));
            Agrees(opset, "Flatten", [image], ("axis", 2));
            Agrees(opset, "Concat", [image, image], ("axis", 1));
            Agrees(opset, "Gather", [image, Tensor.From([1L, 0], 2)], ("axis", 1));
            Agrees(opset, "Reshape", [image, Tensor.Vector(0L, -1, 3)]);
            Agrees(opset, "DepthToSpace", [Samples.Floats(1, 4, 2, 2)], ("blocksize", 2));
            Agrees(opset, "ArgMax", [image], ("axis", 2));
            Agrees(opset, "LRN", [image], ("size", 3));
            Agrees(opset, "InstanceNormalization", [image, Samples.Floats(2), Samples.Seeded(1, 2)]);
            Agrees(opset, "Elu", [image], ("alpha", 0.5f));
            Agrees(opset, "Pow", [Samples.Positives(2, 3), Tensor.Scalar(1.5f)]);
            Agrees(opset, "Cast", [image], ("to", (long)ElementType.Int32));
        }
    }

    [TestMethod]
    public void GroupNormalization_scales_every_channel()
    {
        var (x, scale, bias) = (Samples.Floats(2, 6, 3), Samples.Seeded(1, 2), Samples.Seeded(2, 2));
        var current =
            OpsetConversion.ToCurrent(Model(18, "GroupNormalization", 1, [x, scale, bias], true, ("num_groups", 2), ("epsilon", 1e-3f)));
        var actual = GraphRunner.Run(current, ("input_0", x))["output_0"];

        // As the standard's text says: statistics, scale and bias are those of a row's group.
        var expected = new float[x.Count];
        for (var block = 0; block < 4; block++)
        {
            var group = x.As<float>().Slice(block * 9, 9).ToArray();
            var mean = group.Average();
            var variance = group.Average(v => (v - mean) * (v - mean));
            for (var i = 0; i < 9; i++)
                expected[block * 9 + i] =
                    scale.As<float>()[block % 2] * (group[i] - mean) / MathF.Sqrt(variance + 1e-3f) + bias.As<float>()[block % 2];
        }
        TensorAssert.AreClose(Tensor.From(expected, 2, 6, 3), actual, 1e-5);
    }

    private static void Agrees(int opset, string name, Tensor[] inputs, params (string, object)[] attributes) =>
        Agrees(opset, name, 1, inputs, attributes);

    private static void Agrees(int opset, string name, int outputs, Tensor[] inputs, params (string, object)[] attributes) =>
        Agrees(opset, name, outputs, inputs, true, attributes);

    private static void Agrees(int opset, string name, int outputs, Tensor[] inputs, bool constants, params (string, object)[] attributes)
    {
        var (old, current) = Both(opset, name, outputs, inputs, constants, attributes);
        for (var i = 0; i < outputs; i++)
            TensorAssert.AreClose(old[i], current[i], name == "AveragePool" ? 1e-6 : 0, $"{name}-{opset}");
    }

    private static (Tensor[] Old, Tensor[] Current) Both(int opset, string name, int outputs, Tensor[] inputs, bool constants,
        params (string, object)[] attributes)
    {
        var old = Model(opset, name, outputs, inputs, constants, attributes);
        var current = OpsetConversion.ToCurrent(old);
        Assert.AreEqual(Graph.MinimumOpset, current.Opset);
        var feeds = inputs.Select((t, i) => ($"input_{i}", t)).ToList();
        var (before, after) = (GraphRunner.Run(old, feeds), GraphRunner.Run(current, feeds));
        return ([.. Enumerable.Range(0, outputs).Select(i => before[$"output_{i}"])],
            [.. Enumerable.Range(0, outputs).Select(i => after[$"output_{i}"])]);
    }

    /// <summary>One node whose first input is fed; the others are constants, or fed too.</summary>
    private static OnnxModel Model(int opset, string name, int outputs, Tensor[] inputs, bool constants,
        params (string, object)[] attributes)
    {
        var builder = new ModelBuilder(opset);
        for (var i = 0; i < inputs.Length; i++)
        {
            if (i == 0 || !constants)
                builder.Input($"input_{i}", inputs[i].Type, inputs[i].Dimensions.ToArray());
            else
                builder.Initializer($"input_{i}", inputs[i]);
        }
        builder.Node(name, [.. inputs.Select((_, i) => $"input_{i}")], [.. Enumerable.Range(0, outputs).Select(i => $"output_{i}")],
            attributes);
        for (var i = 0; i < outputs; i++)
            builder.Output($"output_{i}", OutputType(name, i, inputs, attributes));
        return builder.Build();
    }

    private static ElementType OutputType(string name, int output, Tensor[] inputs, (string Name, object Value)[] attributes) => name switch
    {
        "ArgMax" => ElementType.Int64,
        "TopK" when output == 1 => ElementType.Int64,
        "Cast" => (ElementType)(long)attributes[0].Value,
        _ => inputs[0].Type,
    };
}
