using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>
/// Which stored variable a node of a SavedModel stands for. The graph that restores the variables says it of each node; where it does not,
/// the object graph says under which key a variable of the node's name is stored; models of TensorFlow 1 store them by their names.
/// </summary>
internal sealed class SavedVariables
{
    private readonly VariableBundle? _bundle;
    private readonly Dictionary<string, string> _restored = new(StringComparer.Ordinal);
    private readonly Lazy<IReadOnlyDictionary<string, string>> _names;

    public SavedVariables(VariableBundle? bundle, FunctionLibrary library, FlatGraph flat, CallFrame root)
    {
        (_bundle, _names) = (bundle, new(() => bundle?.KeysOfNames() ?? new Dictionary<string, string>()));
        foreach (var call in root.Body.Nodes.Where(n => OutputNames.IsCall(n.Op)))
            if (call.Attr.TryGetValue("f", out var called) && called.Func is { } function && library.Has(function.Name)
                && library.Body(function.Name) is var body && body.Nodes.Any(n => n.Op == "RestoreV2"))
                Follow(flat, root.Enter(call, body, out _));
        Follow(flat, root);
    }

    /// <summary>What the variable of a node holds.</summary>
    public Tensor Read(FlatNode handle)
    {
        var bundle = _bundle ?? throw new InvalidModelException(
            $"The {handle} stands for a variable, and the model has none stored beside its graph.");
        if (_restored.TryGetValue(handle.Name, out var key))
            return bundle.Read(key);
        var name = handle.Attributes.Text("shared_name") is { Length: > 0 } shared ? shared : handle.Name;
        return bundle.Read(_names.Value.TryGetValue(name, out key) ? key : bundle.Has(name) ? name : handle.Name);
    }

    private void Follow(FlatGraph flat, CallFrame frame)
    {
        foreach (var node in frame.Body.Nodes.Where(n => n.Op is "AssignVariableOp" or "Assign" && n.Input.Count >= 2))
        {
            try
            {
                var (handle, value) = (flat.Resolve(frame, node.Input[0]).Node, flat.Resolve(frame, node.Input[1]));
                if (value.Node.Operator == "RestoreV2" && value.Node.InputNames.ElementAtOrDefault(1) is { } names
                    && flat.Resolve(value.Node.Frame, names).Node is { Operator: "Const" } list
                    && list.Attributes.Tensor("value") is { Dtype: DataType.DtString } texts && value.Index < texts.StringVal.Count)
                    _restored.TryAdd(handle.Name, texts.StringVal[value.Index].ToStringUtf8());
            }
            catch (InvalidModelException)
            {
                // What restores a variable need not be whole for the model to be read; the names are there, too.
            }
        }
    }
}
