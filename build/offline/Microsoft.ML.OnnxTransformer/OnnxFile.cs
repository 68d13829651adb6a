// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Google.Protobuf;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>What the transformer reads of a model file itself: the declared types of inputs and outputs, and slot names that a node carries.</summary>
internal sealed class OnnxFile
{
    private const int GraphField = 7, NodeField = 1, InputField = 11, OutputField = 12;

    private OnnxFile()
    {
    }

    public Dictionary<string, OnnxType> Inputs { get; } = [];

    public Dictionary<string, OnnxType> Outputs { get; } = [];

    /// <summary>By the name of the node, the texts of its attribute <c>keys_strings</c>.</summary>
    public Dictionary<string, string[]> KeyTexts { get; } = [];

    public static OnnxFile Read(byte[] model)
    {
        var file = new OnnxFile();
        ForEachField(new CodedInputStream(model), (field, input) =>
        {
            if (field == GraphField)
                ForEachField(input.ReadBytes().CreateCodedInput(), file.ReadGraphField);
            else
                input.SkipLastField();
        });
        return file;
    }

    private void ReadGraphField(int field, CodedInputStream input)
    {
        if (field == InputField)
            ReadValueInfo(input.ReadBytes().CreateCodedInput(), Inputs);
        else if (field == OutputField)
            ReadValueInfo(input.ReadBytes().CreateCodedInput(), Outputs);
        else if (field == NodeField)
            ReadNode(input.ReadBytes().CreateCodedInput());
        else
            input.SkipLastField();
    }

    private static void ReadValueInfo(CodedInputStream message, Dictionary<string, OnnxType> types)
    {
        string name = "";
        OnnxType type = null;
        ForEachField(message, (field, input) =>
        {
            if (field == 1)
                name = input.ReadString();
            else if (field == 2)
                type = OnnxType.Read(input.ReadBytes().CreateCodedInput());
            else
                input.SkipLastField();
        });
        types[name] = type;
    }

    private void ReadNode(CodedInputStream message)
    {
        var name = "";
        string[] texts = null;
        ForEachField(message, (field, input) =>
        {
            if (field == 3)
                name = input.ReadString();
            else if (field == 5)
                texts = ReadKeyTexts(input.ReadBytes().CreateCodedInput()) ?? texts;
            else
                input.SkipLastField();
        });
        if (texts != null)
            KeyTexts.TryAdd(name, texts);
    }

    private static string[] ReadKeyTexts(CodedInputStream message)
    {
        var name = "";
        var texts = new List<string>();
        ForEachField(message, (field, input) =>
        {
            if (field == 1)
                name = input.ReadString();
            else if (field == 9)
                texts.Add(input.ReadBytes().ToStringUtf8());
            else
                input.SkipLastField();
        });
        return name == "keys_strings" ? [.. texts] : null;
    }

    internal static void ForEachField(CodedInputStream stream, Action<int, CodedInputStream> visit)
    {
        while (stream.ReadTag() is var tag && tag != 0)
            visit(WireFormat.GetTagFieldNumber(tag), stream);
    }
}
