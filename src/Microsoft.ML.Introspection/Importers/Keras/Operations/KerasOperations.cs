using System.Text.Json.Nodes;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>
/// Functions that models call beside layers: <c>keras.ops</c> of Keras 3 (a layer each), functions of TensorFlow in Keras 2
/// (<c>TFOpLambda</c>, <c>SlicingOpLambda</c>, <c>TensorFlowOpLayer</c>). A line each.
/// </summary>
internal static class KerasOperations
{
    private delegate Value Function(OperationCall call);

    private static readonly HashSet<string> Wrappers = ["TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"];

    private static readonly Dictionary<string, Function> Table = Build();

    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["sub"] = "subtract", ["mul"] = "multiply", ["truediv"] = "divide", ["true_divide"] = "divide", ["real_div"] = "divide",
        ["div"] = "divide", ["div_no_nan"] = "divide_no_nan", ["addv2"] = "add", ["add_v2"] = "add", ["add_n"] = "add",
        ["neg"] = "negative", ["absolute"] = "abs", ["power"] = "pow", ["reduce_mean"] = "mean", ["reduce_sum"] = "sum",
        ["reduce_max"] = "max", ["amax"] = "max", ["reduce_min"] = "min", ["amin"] = "min", ["reduce_prod"] = "prod",
        ["reduce_any"] = "any", ["reduce_all"] = "all", ["concat"] = "concatenate", ["concat_v2"] = "concatenate",
        ["clip_by_value"] = "clip", ["batch_mat_mul_v2"] = "matmul", ["mat_mul"] = "matmul", ["getitem"] = "get_item", ["pack"] = "stack",
        ["identity"] = "identity", ["stop_gradient"] = "identity", ["relu_6"] = "relu6", ["reciprocal"] = "reciprocal",
        ["convert_to_tensor"] = "identity", ["bias_add"] = "add", ["expanddims"] = "expand_dims", ["acos"] = "arccos", ["asin"] = "arcsin",
        ["atan"] = "arctan", ["l2_normalize"] = "normalize", ["select_v2"] = "where", ["reduce_variance"] = "var", ["reduce_std"] = "std",
        ["reduce_logsumexp"] = "logsumexp", ["tensordot"] = "tensordot", ["gather"] = "take",
    };

    /// <summary>Whether a layer is such a function.</summary>
    public static bool Is(LayerDefinition layer) => Wrappers.Contains(layer.Class) || layer.IsOperation || LooksLikeOne(layer);

    /// <summary>The rule of a function; null where it is not known.</summary>
    public static KerasLayers.Rule? Find(LayerDefinition layer)
    {
        var name = NameOf(layer);
        if (Table.GetValueOrDefault(Aliases.GetValueOrDefault(name, name)) is not { } function)
            return Wrappers.Contains(layer.Class) ? throw new InvalidModelException(
                $"The layer '{layer.Name}' calls the function '{name}', "
                + "which is not translated. Put a layer in its place, or export the model by tf2onnx.") : null;
        return Wrappers.Contains(layer.Class) || layer.IsOperation || LooksLikeOne(layer) || !KerasLayers.IsLayer(layer.Class)
            ? s => [new KerasTensor(function(new OperationCall(s)))] : null;
    }

    // Layers of the same names take one list; files of the older form do not tell them apart otherwise.
    private static bool LooksLikeOne(LayerDefinition layer) => layer.Config.Has("newshape")
        || layer.Class is "Add" or "Subtract" or "Multiply" or "Maximum" or "Minimum" && layer.Calls.Count > 0
            && layer.Calls[0].Arguments is { Count: 2 } both && both.All(a => a.List is null)
        || !KerasLayers.IsLayer(layer.Class) && Table.ContainsKey(Aliases.GetValueOrDefault(NameOf(layer), NameOf(layer)));

    private static string NameOf(LayerDefinition layer) => layer.Class switch
    {
        "TFOpLambda" or "SlicingOpLambda" => (layer.Config.Text("function") ?? "").Split('.')[^1],
        "TensorFlowOpLayer" => Snake(layer.Config.Object("node_def") is { } node ? ArchitectureReader.Name(node, "op") ?? "" : ""),
        var name => Snake(name),
    };

    private static string Snake(string name) => string.Concat(name.Select((c, i) =>
        char.IsUpper(c) && i > 0 && !char.IsUpper(name[i - 1]) ? "_" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));

    private static Dictionary<string, Function> Build()
    {
        var table = new Dictionary<string, Function>
        {
            ["add"] = c => Listed(c, Operators.Add), ["subtract"] = c => Both(c, (a, b) => a - b),
            ["multiply"] = c => Both(c, Operators.Multiply),
            ["divide"] = c => Both(c, (a, b) => a / b), ["maximum"] = c => Both(c, (a, b) => a.Maximum(b)),
            ["minimum"] = c => Both(c, (a, b) => a.Minimum(b)), ["pow"] = c => Both(c, (a, b) => a.Pow(b)),
            ["divide_no_nan"] = c => Both(c, (a, b) => b.EqualTo(b.Like(0)).Where(a.Like(0), a / b)),
            ["squared_difference"] = c => Both(c, (a, b) => (a - b) * (a - b)),
            ["mod"] = c => Both(c, (a, b) => a - (b * Operators.Emit("Floor", a / b))),
            ["floor_divide"] = c => Both(c, (a, b) => Operators.Emit("Floor", a / b)),
            ["equal"] = c => Both(c, (a, b) => a.EqualTo(b)), ["not_equal"] = c => Both(c, (a, b) => a.EqualTo(b).Not()),
            ["greater"] = c => Both(c, (a, b) => a.Greater(b)), ["less"] = c => Both(c, (a, b) => a.Less(b)),
            ["greater_equal"] = c => Both(c, (a, b) => a.GreaterOrEqual(b)), ["less_equal"] = c => Both(c, (a, b) => b.GreaterOrEqual(a)),
            ["logical_and"] = c => Both(c, (a, b) => a.And(b)), ["logical_not"] = c => c.X.Not(),
            ["matmul"] = Matmul, ["einsum"] = Einsum, ["dot"] = c => Both(c, (a, b) => a.MatMul(b)),
            ["negative"] = c => -c.X, ["abs"] = c => c.X.Abs(), ["exp"] = c => c.X.Exp(), ["log"] = c => c.X.Log(),
                ["sqrt"] = c => c.X.Sqrt(),
            ["rsqrt"] = c => c.X.Sqrt().Reciprocal(), ["square"] = c => c.X * c.X, ["reciprocal"] = c => c.X.Reciprocal(),
            ["sign"] = c => c.X.Sign(), ["sin"] = c => c.X.Sin(), ["cos"] = c => c.X.Cos(), ["erf"] = c => c.X.Erf(),
            ["log1p"] = c => (c.X + 1).Log(), ["expm1"] = c => c.X.Exp() - 1, ["identity"] = c => c.X,
            ["softmax"] = c => c.X.Softmax(Axis(c, -1)), ["log_softmax"] = c => c.X.LogSoftmax(Axis(c, -1)),
            ["leaky_relu"] = c => Activations.Leaky(c.X, c.Double(1, "alpha", "negative_slope") ?? 0.2),
            ["zeros_like"] = c => c.X.FullLike(0), ["ones_like"] = c => c.X.FullLike(1),
            ["mean"] = c => Reduced(c, (x, axes, keep) => x.ReduceMean(axes, keep)),
            ["sum"] = c => Reduced(c, (x, axes, keep) => x.ReduceSum(axes, keep)),
            ["max"] = c => Reduced(c, (x, axes, keep) => x.ReduceMax(axes, keep)),
            ["min"] = c => Reduced(c, (x, axes, keep) => x.ReduceMin(axes, keep)),
            ["prod"] = c => Reduced(c, (x, axes, keep) => x.ReduceProduct(axes, keep)),
            ["any"] = c => Reduced(c, (x, axes, keep) => Number(x).ReduceMax(axes, keep).Greater(0.5)),
            ["all"] = c => Reduced(c, (x, axes, keep) => Number(x).ReduceMin(axes, keep).Greater(0.5)),
            ["var"] = c => Reduced(c, Variance), ["std"] = c => Reduced(c, (x, axes, keep) => Variance(x, axes, keep).Sqrt()),
            ["logsumexp"] = c => Reduced(c, (x, axes, keep) => Operators.Emit("ReduceLogSumExp", Attributes.Of(("keepdims", keep)), x,
                x.Graph.Constant(axes))),
            ["normalize"] = c => c.X / (c.X * c.X).ReduceSum([Axis(c, -1)]).Maximum(c.X.Like(1e-12)).Sqrt(),
            ["argmax"] = c => c.X.ArgMax(Axis(c, -1), c.Flag(2, "keepdims")),
            ["clip"] = c => c.X.Clip(c.Double(1, "clip_value_min", "x_min"), c.Double(2, "clip_value_max", "x_max")),
            ["where"] = c => Operators.Where(c.Operand(0, "condition")!, c.Operand(1, "x", "x1")!, c.Operand(2, "y", "x2")!),
            ["cast"] = c => c.X.Cast(TypeOf(c)),
            ["reshape"] = c => Reshaped(c), ["transpose"] = Transposed,
            ["expand_dims"] = c => c.X.Unsqueeze([.. Given(c, 1, "axis").Select(a => a < 0 ? a + c.X.Rank + 1 : a)]),
            ["squeeze"] = c => c.Wholes(1, "axis") is { Length: > 0 } axes ? c.X.Squeeze(axes)
                : c.X.Squeeze([.. Enumerable.Range(0, c.X.Rank).Where(i => c.X.Shape[i] == 1).Select(i => (long)i)]),
            ["concatenate"] = c => Operators.Concat(Normal(c, c.Wholes(1, "axis")?[0] ?? 0, c.List("values", "xs")[0].Rank),
                c.List("values", "xs")),
            ["stack"] = Stacked,
            ["tile"] = c => Operators.Emit("Tile", c.X, c.X.Graph.Constant(Given(c, 1, "multiples", "repeats"))),
            ["swapaxes"] = Swapped, ["take"] = Taken, ["pad"] = Padded, ["get_item"] = Item,
            ["one_hot"] = c => c.X.Cast(ElementType.Int64).OneHot(Given(c, 1, "depth", "num_classes")[0], ElementType.Float),
            ["flip"] = c => c.X.Slice([-1], [long.MinValue + 1], [Axis(c, -1)], [-1]),
            ["reverse"] = c => c.X.Slice([-1], [long.MinValue + 1], [Axis(c, -1)], [-1]),
        };
        foreach (var (name, operatorType) in new (string, string)[]
        {
            ("floor", "Floor"), ("ceil", "Ceil"), ("round", "Round"), ("tan", "Tan"), ("sinh", "Sinh"), ("cosh", "Cosh"),
                ("arctan", "Atan"),
            ("arcsin", "Asin"), ("arccos", "Acos"),
        })
            table[name] = c => Operators.Emit(operatorType, c.X);
        foreach (var name in (string[])["relu", "relu6", "sigmoid", "hard_sigmoid", "tanh", "softplus", "softsign", "elu", "selu", "celu",
            "swish",
            "silu", "hard_swish", "hard_silu", "mish", "log_sigmoid"])
            table[name] = c => Activations.Find(name)!(c.X, c.Layer.KerasVersion);
        table["gelu"] = c => Operators.Emit("Gelu", Attributes.Of(("approximate",
            c.Constant(1, "approximate") is { } given && given.ToString() == "false" ? null : "tanh")), c.X);
        return table;
    }

    private static Value Both(OperationCall c, Func<Value, Value, Value> join)
    {
        var (a, b) = (c.X, c.Second);
        // Whole numbers meet real ones where a mask or a count is multiplied.
        return a.Type == b.Type ? join(a, b) : a.Type.IsFloating() ? join(a, b.Cast(a.Type)) : join(a.Cast(b.Type), b);
    }

    private static Value Listed(OperationCall c, Func<Value, Value, Value> join) => c.List() is { Length: > 2 } several
        ? several.Aggregate(join)
        : c.List("inputs") is { Length: 2 } two && c.Operand(0) is null ? join(two[0], two[1]) : Both(c, join);

    private static Value Number(Value x) => x.Type == ElementType.Bool ? x.Cast(ElementType.Float) : x;

    private static Value Variance(Value x, long[] axes, bool keep)
    {
        var centred = x - x.ReduceMean(axes);
        return (centred * centred).ReduceMean(axes, keep);
    }

    private static int Normal(OperationCall c, long axis, int rank) => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis)
        : throw c.Layer.Refused($"works along the axis {axis} of {rank}");

    private static int Axis(OperationCall c, long otherwise) => Normal(c, c.Wholes(1, "axis", "axes")?[0] ?? otherwise, c.X.Rank);

    private static long[] Given(OperationCall c, int place, params string[] names) =>
        c.Wholes(place, names) ?? throw c.Layer.Refused($"has no constant '{names[0]}'");

    private static Value Reduced(OperationCall c, Func<Value, long[], bool, Value> reduce)
    {
        var x = c.X;
        var axes = c.Wholes(1, "axis", "reduction_indices") is { Length: > 0 } given ? given
            : [.. Enumerable.Range(0, x.Rank).Select(i => (long)i)];
        return reduce(x, axes, c.Flag(2, "keepdims", "keep_dims"));
    }

    // The batch is open: it is what is left, or what the file calls -1.
    private static Value Reshaped(OperationCall c)
    {
        var shape = Given(c, 1, "shape", "newshape");
        return c.X.Reshape(shape);
    }

    private static Value Transposed(OperationCall c) => c.Wholes(1, "perm", "axes") is { Length: > 0 } order
        ? c.X.Transpose(Array.ConvertAll(order, a => Normal(c, a, c.X.Rank))) : c.X.Transpose([.. Enumerable.Range(0, c.X.Rank).Reverse()]);

    private static Value Swapped(OperationCall c)
    {
        int[] order = [.. Enumerable.Range(0, c.X.Rank)];
        var (a, b) = (Normal(c, Given(c, 1, "axis1")[0], c.X.Rank), Normal(c, Given(c, 2, "axis2")[0], c.X.Rank));
        (order[a], order[b]) = (order[b], order[a]);
        return c.X.Transpose(order);
    }

    private static Value Matmul(OperationCall c)
    {
        var (a, b) = (c.X, c.Second);
        if (c.Flag(2, "transpose_a"))
            a = a.TransposeMatrix();
        return a.MatMul(c.Flag(3, "transpose_b") ? b.TransposeMatrix() : b);
    }

    private static Value Einsum(OperationCall c)
    {
        var equation = c.Constant(0, "equation", "subscripts")?.ToString() ?? throw c.Layer.Refused("has no equation");
        return Operators.Emit("Einsum", Attributes.Of(("equation", equation)), [.. c.Layer.Inputs]);
    }

    private static Value Stacked(OperationCall c)
    {
        var parts = c.List("values", "x");
        var axis = Normal(c, c.Wholes(1, "axis")?[0] ?? 0, parts[0].Rank + 1);
        return Operators.Concat(axis, [.. parts.Select(p => p.Unsqueeze(axis))]);
    }

    private static Value Taken(OperationCall c) => c.X.Gather((c.Operand(1, "indices") ?? throw c.Layer.Refused("has no indices"))
        .Cast(ElementType.Int64), Normal(c, c.Wholes(2, "axis")?[0] ?? 0, c.X.Rank));

    private static Value Padded(OperationCall c)
    {
        var pads = Given(c, 1, "paddings", "pad_width");
        return pads.Length == 2 * c.X.Rank && (c.Constant(2, "mode")?.ToString() ?? "constant").Equals("constant",
            StringComparison.OrdinalIgnoreCase)
            ? c.X.Pad([.. pads.Where((_, i) => i % 2 == 0)], [.. pads.Where((_, i) => i % 2 == 1)])
            : throw c.Layer.Refused("pads in a way that is not read");
    }

    private static ElementType TypeOf(OperationCall c) => (c.Constant(1, "dtype", "DstT")?.ToString() ?? "float32") switch
    {
        "float32" or "float64" or "float16" or "bfloat16" or "DT_FLOAT" => ElementType.Float,
        "int32" or "DT_INT32" => ElementType.Int32,
        "int64" or "DT_INT64" => ElementType.Int64,
        "bool" or "DT_BOOL" => ElementType.Bool,
        var other => throw c.Layer.Refused($"converts to '{other}', which is not read"),
    };

    // Slices, numbers, new axes and an ellipsis.
    private static Value Item(OperationCall c)
    {
        var x = c.X;
        var spec = c.Constant(1, "slice_spec", "key");
        List<JsonNode?> items = spec is JsonArray list ? [.. list] : [spec];
        var ellipsis = items.FindIndex(i => i is JsonObject o && ArchitectureReader.Name(o, "class_name") == "__ellipsis__");
        if (ellipsis >= 0)
        {
            var taken = items.Count(i => i is not null) - 1;
            items.RemoveAt(ellipsis);
            items.InsertRange(ellipsis, Enumerable.Repeat<JsonNode?>(new JsonObject { ["start"] = null }, Math.Max(x.Rank - taken, 0)));
        }
        var (axis, dropped, added, starts, ends, axes, steps) = (0, new List<long>(), new List<long>(), new List<long>(), new List<long>(),
            new List<long>(), new List<long>());
        var place = 0;
        foreach (var item in items)
        {
            if (item is null)
            {
                added.Add(place++);
                continue;
            }
            if (axis >= x.Rank)
                throw c.Layer.Refused($"picks from more axes than {x.Shape} has");
            if (Settings.Plain(item) is JsonValue value && value.TryGetValue<long>(out var number))
            {
                (long from, long to) = (number, number == -1 ? long.MaxValue : number + 1);
                Add(from, to, 1);
                dropped.Add(axis++);
                continue;
            }
            if (item is not JsonObject slice)
                throw c.Layer.Refused($"picks by {Settings.Shown(item)}, which is not read");
            var settings = new Settings(slice["config"] as JsonObject ?? slice, $"The layer '{c.Layer.Path}'");
            var step = settings.Has("step") ? settings.Whole("step") : 1;
            if (settings.Has("start") || settings.Has("stop") || step != 1)
                Add(settings.Has("start") ? settings.Whole("start") : step > 0 ? 0 : long.MaxValue,
                    settings.Has("stop") ? settings.Whole("stop") : step > 0 ? long.MaxValue : long.MinValue + 1, step);
            axis++;
            place++;
        }
        if (axes.Count > 0)
            x = x.Slice([.. starts], [.. ends], [.. axes], [.. steps]);
        if (dropped.Count > 0)
            x = x.Squeeze([.. dropped]);
        return added.Count > 0 ? x.Unsqueeze([.. added]) : x;

        void Add(long start, long end, long step)
        {
            starts.Add(start);
            ends.Add(end);
            axes.Add(axis);
            steps.Add(step);
        }
    }
}
