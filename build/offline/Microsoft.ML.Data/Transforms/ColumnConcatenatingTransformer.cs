// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: Loadable(ColumnConcatenatingTransformer.Loader, typeof(ColumnConcatenatingTransformer))]

namespace Microsoft.ML.Data;

/// <summary>Joins columns of one item type into a vector whose slots carry the columns' names.</summary>
public sealed class ColumnConcatenatingTransformer : RowToRowTransformerBase
{
    internal const string Loader = "ConcatTransform";
    private readonly string _output;
    private readonly string[] _inputs;

    internal ColumnConcatenatingTransformer(IHostEnvironment env, string output, string[] inputs)
        : base(env.Register(nameof(ColumnConcatenatingTransformer)))
    {
        _output = output;
        _inputs = inputs;
    }

    internal static object Load(IHostEnvironment env, ModelLoadContext context)
    {
        var output = context.Reader.ReadString();
        var inputs = new string[context.Reader.ReadInt32()];
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = context.Reader.ReadString();
        return new ColumnConcatenatingTransformer(env, output, inputs);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        var writer = ctx.Begin(Loader, GetType());
        writer.Write(_output);
        writer.Write(_inputs.Length);
        foreach (var input in _inputs)
            writer.Write(input);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private sealed class Mapper : IRowMapper
    {
        private readonly string _output;
        private readonly DataViewSchema.Column[] _inputs;
        private readonly PrimitiveDataViewType _itemType;
        private readonly int _size;

        public Mapper(ColumnConcatenatingTransformer parent, DataViewSchema schema)
        {
            _output = parent._output;
            _inputs = [.. parent._inputs.Select(name => schema.GetColumnOrNull(name)
                ?? throw Contracts.ExceptSchemaMismatch("inputSchema", "input", name))];
            _itemType = (PrimitiveDataViewType)_inputs[0].Type.ItemType();
            foreach (var input in _inputs)
            {
                if (!input.Type.ItemType().Equals(_itemType))
                    throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, $"{_itemType}", $"{input.Type}");
            }
            _size = _inputs.Any(input => input.Type.ValueCount() == 0) ? 0 : _inputs.Sum(input => input.Type.ValueCount());
        }

        // A single vector is passed on as it is, annotations and all.
        private bool IsIdentity => _inputs is [{ Type: VectorDataViewType }];

        public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
            => column => activeOutput(0) && _inputs.Any(input => input.Index == column);

        public DataViewSchema.DetachedColumn[] GetOutputColumns()
        {
            if (IsIdentity)
                return [new DataViewSchema.DetachedColumn(_output, _inputs[0].Type, _inputs[0].Annotations)];
            var annotations = new DataViewSchema.Annotations.Builder();
            if (_itemType is NumberDataViewType && _inputs.All(input => input.IsNormalized()))
                annotations.AddPrimitiveValue(AnnotationKinds.IsNormalized, BooleanDataViewType.Instance, true);
            if (_size > 0 && _inputs.Any(input => input.Type is not VectorDataViewType vector || input.HasSlotNames(vector.Size)))
                annotations.AddSlotNames(_size, GetSlotNames);
            return [new DataViewSchema.DetachedColumn(_output, new VectorDataViewType(_itemType, _size), annotations.ToAnnotations())];
        }

        public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
        {
            disposer = null;
            return
            [
                !activeOutput(0) ? null
                    : IsIdentity ? input.GetterAsDelegate(input.Schema[_inputs[0].Index])
                    : GenericCall.Invoke<Delegate>(typeof(Mapper), this, nameof(GetterOf), [_itemType.RawType], input),
            ];
        }

        private void GetSlotNames(ref VBuffer<ReadOnlyMemory<char>> destination)
        {
            var names = new ReadOnlyMemory<char>[_size];
            VBuffer<ReadOnlyMemory<char>> inner = default;
            var at = 0;
            foreach (var input in _inputs)
            {
                if (input.Type is not VectorDataViewType vector)
                {
                    names[at++] = input.Name.AsMemory();
                    continue;
                }
                if (input.HasSlotNames(vector.Size))
                {
                    input.Annotations.GetValue(AnnotationKinds.SlotNames, ref inner);
                    foreach (var (slot, name) in inner.Items().Where(item => !item.Value.IsEmpty))
                        names[at + slot] = $"{input.Name}.{name}".AsMemory();
                }
                at += vector.Size;
            }
            new VBuffer<ReadOnlyMemory<char>>(_size, names).CopyTo(ref destination);
        }

        private Delegate GetterOf<T>(DataViewRow row)
        {
            var parts = _inputs.Select(input => PartOf<T>(row, row.Schema[input.Index])).ToArray();
            var values = new VBuffer<T>[parts.Length];
            return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) =>
            {
                var length = 0;
                for (var i = 0; i < parts.Length; i++)
                {
                    parts[i](ref values[i]);
                    Contracts.Check(_inputs[i].Type.ValueCount() is var size && (size == 0 || size == values[i].Length), $"Column '{_inputs[i].Name}' has {values[i].Length} values where its type says {size}.");
                    length += values[i].Length;
                }
                var editor = VBufferEditor.Create(ref destination, length);
                var at = 0;
                foreach (var value in values)
                {
                    value.CopyTo(editor.Values.Slice(at, value.Length));
                    at += value.Length;
                }
                destination = editor.Commit();
            });
        }

        private static ValueGetter<VBuffer<T>> PartOf<T>(DataViewRow row, DataViewSchema.Column column)
        {
            if (column.Type is VectorDataViewType)
                return row.GetGetter<VBuffer<T>>(column);
            var get = row.GetGetter<T>(column);
            return (ref VBuffer<T> destination) =>
            {
                var editor = VBufferEditor.Create(ref destination, 1);
                get(ref editor.Values[0]);
                destination = editor.Commit();
            };
        }
    }
}
