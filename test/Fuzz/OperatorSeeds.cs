using System.Globalization;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>
/// Models of one operator each, from the lines of operators.txt: the operator, its inputs (a letter, then extents or numbers), how many
/// outputs, its attributes. x is the model's input with a row of these extents; c, g, u, U, b, q, y are x cast, laid out or compared; f, w,
/// t weights; i, j, h, v vectors; I, F, T scalars; _ is left out. &gt; hands the result on to another operator.
/// </summary>
internal static class OperatorSeeds
{
    public static IEnumerable<byte[]> All()
    {
        using var reader = new StreamReader(typeof(OperatorSeeds).Assembly.GetManifestResourceStream("operators.txt")!);
        while (reader.ReadLine() is { Length: > 0 } line)
        {
            // Beside an open shape the engine runs the model while it reads it.
            yield return Model(line, isOpen: false);
            yield return Model(line, isOpen: true);
        }
    }

    private static byte[] Model(string line, bool isOpen)
    {
        var graph = new GraphProto { Name = "g" };
        var halves = line.Split(" | ");
        var row = halves[0].Split(' ').FirstOrDefault(t => t.Length > 2 && "xcguUbqy".Contains(t[0]) && t[1] == ':')?[2..] ?? "6";
        graph.Input.Add(Info("x", ElementType.Float, [-1, .. Numbers(row)]));
        var handed = "";
        var (made, last) = (0, new NodeProto());
        foreach (var part in halves[0].Split(" > "))
        {
            var words = part.Split(' ');
            var name = words[0].Split(':');
            last = new NodeProto { OpType = name[^1], Domain = name.Length > 1 ? name[0] : "" };
            if (handed.Length > 0)
                last.Input.Add(handed);
            var outputs = 1;
            foreach (var word in words.Skip(1))
            {
                if (word[0] == '@')
                    outputs = int.Parse(word[1..], CultureInfo.InvariantCulture);
                else if (word != "+")
                    last.Input.Add(Input(graph, word, $"n{made++}"));
            }
            handed = $"o{made++}";
            last.Output.Add(handed);
            last.Output.Add(Enumerable.Range(1, outputs - 1).Select(i => $"o{made}_{i}"));
            graph.Node.Add(last);
        }
        if (halves.Length > 1)
            foreach (var attribute in halves[1].Split(' '))
                (last.OpType is "ConcatFromSequence" && attribute.StartsWith("keepdims", StringComparison.Ordinal) ? graph.Node[^2] : last)
                    .Attribute.Add(Attribute(attribute.Split('=')));
        graph.Node.Add(new NodeProto { OpType = "Cast", Input = { handed }, Output = { "real" },
            Attribute = { Attributes.ToProto("to", 1L) } });
        graph.Node.Add(new NodeProto { OpType = "Relu", Input = { "real" }, Output = { "y" } });
        if (isOpen)
            graph.Node.Add(new NodeProto { OpType = "NonZero", Input = { "x" }, Output = { "nz" } });
        graph.Output.Add(new ValueInfoProto { Name = "y", Type = new TypeProto { TensorType = new() { ElemType = 1 } } });
        var model = new ModelProto { IrVersion = 10, Graph = graph };
        foreach (var (domain, version) in new[] { ("", 24), ("com.microsoft", 1), ("ai.onnx.ml", 3) })
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = version });
        return new OnnxModel(model).ToArray();
    }

    private static string Input(GraphProto graph, string word, string name)
    {
        var (letter, rest) = (word[0], word.Length > 2 ? word[2..] : "");
        string Node(string operatorType, string[] inputs, params ReadOnlySpan<(string, object?)> attributes)
        {
            var node = new NodeProto { OpType = operatorType, Input = { inputs }, Output = { name } };
            node.Attribute.Add(Attributes.Of(attributes).Protos);
            graph.Node.Add(node);
            return name;
        }
        string Constant(Tensor tensor)
        {
            graph.Initializer.Add(tensor.ToProto(name));
            return name;
        }
        long[] extents = letter is 'f' or 'w' or 't' or 'j' ? Numbers(rest) : [];
        var count = extents.Aggregate(1L, (p, d) => p * d);
        float[] Weights() => [.. Enumerable.Range(0, (int)count).Select(i => (i * 37 % 11 - 5) / 7f)];
        return letter switch
        {
            '_' => "",
            'x' => "x",
            'c' => Node("Cast", ["x"], ("to", 7L)),
            'g' => Node("Cast", ["x"], ("to", 6L)),
            'u' or 'U' => Node("Cast", ["x"], ("to", 2L)),
            'b' => Node("Cast", ["x"], ("to", 9L)),
            'q' => "x",
            'y' => Node("Transpose", ["x"], ("perm", (long[])[1, 0, 2])),
            'f' => Constant(Tensor.From(Weights(), extents)),
            'w' => Constant(Tensor.From([.. Enumerable.Range(0, (int)count).Select(i => (byte)(i % 7))], extents)),
            't' => Constant(Tensor.From([.. Enumerable.Range(0, (int)count).Select(i => i % 2 == 0)], extents)),
            'j' => Constant(Tensor.From([.. Enumerable.Range(0, (int)count).Select(i => (long)i)], extents)),
            'i' => Constant(Tensor.From(Numbers(rest), Shape(rest))),
            'h' => Constant(Tensor.From(Array.ConvertAll(Numbers(rest), n => (int)n), Shape(rest))),
            'v' => Constant(Tensor.Vector<float>(Array.ConvertAll(rest.Trim('[', ']').Split(','), Real))),
            'I' => Constant(Tensor.Scalar(Numbers(rest)[0])),
            'F' => Constant(Tensor.Scalar(Real(rest))),
            _ => Constant(Tensor.Scalar(rest == "1")),
        };
    }

    // [[0,1]] is a matrix of one row.
    private static long[] Shape(string list) =>
        list.StartsWith("[[", StringComparison.Ordinal) ? [1, Numbers(list).Length] : [Numbers(list).Length];

    private static long[] Numbers(string list) =>
        [.. list.Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries).Select(n => long.Parse(n, CultureInfo.InvariantCulture))];

    private static float Real(string text) => float.Parse(text, CultureInfo.InvariantCulture);

    private static AttributeProto Attribute(string[] parts) => Attributes.ToProto(parts[0], parts[1] switch
    {
        ['$', '$', .. var texts] => texts.Split(','),
        ['$', .. var text] => text,
        ['[', ..] list when list.Contains('.', StringComparison.Ordinal) => Array.ConvertAll(list.Trim('[', ']').Split(','), Real),
        ['[', ..] list => Numbers(list),
        var real when real.Contains('.', StringComparison.Ordinal) => Real(real),
        var number => long.Parse(number, CultureInfo.InvariantCulture),
    });

    private static ValueInfoProto Info(string name, ElementType type, long[] extents) =>
        new() { Name = name, Type = TensorInfo.ToProto(type, Onnx.Shape.Of(extents)) };
}
