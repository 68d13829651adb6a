using System.Globalization;
using System.Reflection;
using System.Text;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Recipes;

/// <summary>
/// DuckDB in the process of a .NET program: the graph as a function of SQL, which DuckDB calls with up to 2,048 rows at once, on as many
/// threads as it has, and which reads and fills DuckDB's own memory.
/// </summary>
internal sealed record DuckDbNetRecipe()
    : Recipe("duckdb-net", "Explains the rows of a query of DuckDB, in a program of .NET, into a Parquet file.", "explain.cs")
{
    /// <inheritdoc/>
    public override string For(RecipeGraph graph)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"#:package DuckDB.NET.Data.Full@{VersionOf("DuckDBNetVersion")}\n");
        text.Append(CultureInfo.InvariantCulture, $"#:package Microsoft.ML.OnnxRuntime@{VersionOf("OnnxRuntimeVersion")}\n");
        text.Append("#:property AllowUnsafeBlocks=true\n#:property PublishAot=false\n");
        text.Append(CultureInfo.InvariantCulture, $"// {Summary}\n").Append(Program);
        text.Append("\n\nstatic class Graph\n{\n");
        text.Append(CultureInfo.InvariantCulture, $"    public const string Model = {Literals.Escaped(graph.File)};\n\n");
        text.Append("    // Columns that rows have: lists of numbers, the last axis fastest, or a number where the extents say so.\n");
        Append("Inputs", graph.Inputs);
        text.Append("\n    // Columns that are added; a number where there is one.\n");
        Append("Outputs", graph.Outputs);
        text.Append("}\n");
        return text.ToString().ReplaceLineEndings("\n");

        void Append(string name, IReadOnlyList<RecipeTensor> tensors) =>
            text.Append(CultureInfo.InvariantCulture, $"    public static readonly Column[] {name} =\n    [\n")
                .AppendJoin("", tensors.Select(Column)).Append("    ];\n");
    }

    private const string Program = """
        // usage: dotnet run explain.cs "SELECT * FROM 'rows.parquet'" explained.parquet
        using System;
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using System.Runtime.CompilerServices;
        using System.Runtime.InteropServices;
        using DuckDB.NET.Data;
        using DuckDB.NET.Native;
        using Microsoft.ML.OnnxRuntime;
        using Microsoft.ML.OnnxRuntime.Tensors;

        if (args.Length != 2)
        {
            Console.Error.WriteLine("usage: dotnet run explain.cs QUERY TARGET.parquet");
            return 2;
        }
        try
        {
            Explanation.Run(args[0].TrimEnd(';', ' ', '\r', '\n'), args[1]);
            return 0;
        }
        catch (Exception error) when (error is DuckDBException or OnnxRuntimeException or IOException or InvalidDataException)
        {
            Console.Error.WriteLine($"error: {error.Message}");
            return 1;
        }

        /// <summary>An input or output as a column: its type to ONNX Runtime and to DuckDB, the bytes of a number.</summary>
        sealed record Column(string Name, TensorElementType Type, DuckDBType Stored, string Sql, int Bytes, bool IsSingle, long[] Row)
        {
            public long Width { get; } = Row.Aggregate(1L, (product, extent) => product * extent);

            public string Quoted => $"\"{Name.Replace("\"", "\"\"")}\"";
        }

        static unsafe class Explanation
        {
            const string Function = "explanation_of_rows";

            static readonly string[] InputNames = Array.ConvertAll(Graph.Inputs, i => i.Name);
            static readonly string[] OutputNames = Array.ConvertAll(Graph.Outputs, o => o.Name);
            static readonly RunOptions Options = new();
            static InferenceSession session = null!;

            public static void Run(string query, string target)
            {
                // DuckDB has threads of its own.
                using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
                using var opened = session = new InferenceSession(Graph.Model, options);
                using var connection = new DuckDBConnection("DataSource=:memory:");
                connection.Open();
                using var command = connection.CreateCommand();
                var columns = Columns(command, query);
                Register(connection.NativeConnection);
                var partial = target + ".partial";
                try
                {
                    // Asked for once, and taken apart behind it: the graph runs once.
                    command.CommandText = $"COPY (SELECT * EXCLUDE ({Function}), UNNEST({Function}) FROM (SELECT *, {Function}("
                        + string.Join(", ", Graph.Inputs.Select(i => Argument(i, columns))) + $") AS {Function} FROM (\n{query}\n))) "
                        + $"TO '{partial.Replace("'", "''")}' (FORMAT parquet)";
                    command.ExecuteNonQuery();
                    File.Move(partial, target, overwrite: true);
                }
                finally
                {
                    File.Delete(partial);
                }
            }

            // The columns of the query with their types. Names of DuckDB do not tell capital letters from small ones.
            static Dictionary<string, string> Columns(DuckDBCommand command, string query)
            {
                var columns = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                command.CommandText = $"DESCRIBE SELECT * FROM (\n{query}\n)";
                using var reader = command.ExecuteReader();
                while (reader.Read())
                    columns[reader.GetString(0)] = reader.GetString(1);
                var taken = new HashSet<string>(columns.Keys, StringComparer.OrdinalIgnoreCase) { Function };
                foreach (var input in Graph.Inputs)
                    if (!columns.ContainsKey(input.Name))
                        throw new InvalidDataException($"There is no column '{input.Name}'; there are {string.Join(", ", columns.Keys)}.");
                foreach (var output in Graph.Outputs)
                    if (!taken.Add(output.Name))
                        throw new InvalidDataException($"There is a column '{output.Name}' already, which the explanation adds; "
                            + "rename it in the query.");
                return columns;
            }

            // A number becomes a list of one.
            static string Argument(Column input, Dictionary<string, string> columns) => columns[input.Name].EndsWith(']')
                ? $"CAST({input.Quoted} AS {input.Sql}[])" : $"CAST([{input.Quoted}] AS {input.Sql}[])";

            static void Register(DuckDBNativeConnection connection)
            {
                var function = NativeMethods.ScalarFunction.DuckDBCreateScalarFunction();
                NativeMethods.ScalarFunction.DuckDBScalarFunctionSetName(function, Function);
                foreach (var input in Graph.Inputs)
                {
                    using var list = TypeOf(input, isList: true);
                    NativeMethods.ScalarFunction.DuckDBScalarFunctionAddParameter(function, list);
                }
                var types = Array.ConvertAll(Graph.Outputs, o => TypeOf(o, !o.IsSingle));
                var names = Array.ConvertAll(OutputNames, Marshal.StringToCoTaskMemUTF8);
                using var row = CreateStructType(Array.ConvertAll(types, t => t.DangerousGetHandle()), names, (ulong)names.Length);
                Array.ForEach(names, Marshal.FreeCoTaskMem);
                Array.ForEach(types, t => t.Dispose());
                NativeMethods.ScalarFunction.DuckDBScalarFunctionSetReturnType(function, row);
                // Rows without numbers are told, and not passed over.
                NativeMethods.ScalarFunction.DuckDBScalarFunctionSetSpecialHandling(function);
                NativeMethods.ScalarFunction.DuckDBScalarFunctionSetFunction(function, &Explain);
                var state = NativeMethods.ScalarFunction.DuckDBRegisterScalarFunction(connection, function);
                NativeMethods.ScalarFunction.DuckDBDestroyScalarFunction(ref function);
                if (state != DuckDBState.Success)
                    throw new InvalidDataException("DuckDB did not take the function; two outputs may have one name.");
            }

            static DuckDBLogicalType TypeOf(Column column, bool isList)
            {
                var number = NativeMethods.LogicalType.DuckDBCreateLogicalType(column.Stored);
                if (!isList)
                    return number;
                using (number)
                    return NativeMethods.LogicalType.DuckDBCreateListType(number);
            }

            [DllImport("duckdb", EntryPoint = "duckdb_create_struct_type")]
            static extern DuckDBLogicalType CreateStructType(nint[] types, nint[] names, ulong count);

            // Called by DuckDB on its threads, with a chunk of rows and the vector that the results go to.
            [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
            static void Explain(nint info, nint data, nint results)
            {
                var inputs = new List<OrtValue>();
                var memory = new List<nint>();
                try
                {
                    var chunk = new DuckDBDataChunk(data);
                    var rows = (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);
                    for (var i = 0; i < Graph.Inputs.Length; i++)
                    {
                        var input = Graph.Inputs[i];
                        var bytes = checked(rows * input.Width * input.Bytes);
                        memory.Add((nint)NativeMemory.Alloc((nuint)Math.Max(1, bytes)));
                        Gather(input, NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, i), rows, (byte*)memory[i]);
                        inputs.Add(OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, input.Type,
                            [rows, .. input.Row], memory[i], bytes));
                    }
                    using var outputs = session.Run(Options, InputNames, inputs, OutputNames);
                    for (var i = 0; i < Graph.Outputs.Length; i++)
                        Spread(Graph.Outputs[i], outputs[i], NativeMethods.Vectors.DuckDBStructVectorGetChild(results, i), rows);
                }
                catch (Exception error)
                {
                    NativeMethods.ScalarFunction.DuckDBScalarFunctionSetError(info, error.Message);
                }
                finally
                {
                    inputs.ForEach(value => value.Dispose());
                    memory.ForEach(block => NativeMemory.Free((void*)block));
                }
            }

            // Lists lie anywhere in the memory behind a vector; tensors are dense.
            static void Gather(Column input, nint vector, int rows, byte* tensor)
            {
                var numbers = NativeMethods.Vectors.DuckDBListVectorGetChild(vector);
                var lists = (DuckDBListEntry*)NativeMethods.Vectors.DuckDBVectorGetData(vector);
                var valid = NativeMethods.Vectors.DuckDBVectorGetValidity(vector);
                var from = (byte*)NativeMethods.Vectors.DuckDBVectorGetData(numbers);
                var known = NativeMethods.Vectors.DuckDBVectorGetValidity(numbers);
                var bytes = (nuint)(input.Width * input.Bytes);
                for (var row = 0; row < rows; row++, tensor += bytes)
                {
                    var isKnown = IsValid(valid, (ulong)row);
                    var (offset, length) = isKnown ? (lists[row].Offset, lists[row].Length) : (0ul, 0ul);
                    for (ulong i = 0; isKnown && known != null && i < length; i++)
                        isKnown = IsValid(known, offset + i);
                    if (!isKnown)
                        throw new InvalidDataException($"the column '{input.Name}' has rows without numbers");
                    if (length != (ulong)input.Width)
                        throw new InvalidDataException($"the column '{input.Name}' has rows of {length} numbers; {input.Width} were "
                            + $"expected, [{string.Join(", ", input.Row)}]");
                    NativeMemory.Copy(from + offset * (ulong)input.Bytes, tensor, bytes);
                }
            }

            static bool IsValid(ulong* mask, ulong index) => mask == null || (mask[index / 64] >> (int)(index % 64) & 1) != 0;

            static void Spread(Column output, OrtValue result, nint vector, int rows)
            {
                var found = result.GetTensorMutableRawData();
                var width = (ulong)(found.Length / output.Bytes / rows);
                var isWhole = found.Length > 0 && (ulong)found.Length == width * (ulong)output.Bytes * (ulong)rows;
                if (!isWhole || output.IsSingle && width != 1)
                    throw new InvalidDataException($"the output '{output.Name}' does not have as many numbers for every row");
                if (!output.IsSingle)
                {
                    var size = width * (ulong)rows;
                    if (NativeMethods.Vectors.DuckDBListVectorReserve(vector, size) != DuckDBState.Success
                        || NativeMethods.Vectors.DuckDBListVectorSetSize(vector, size) != DuckDBState.Success)
                        throw new InvalidDataException($"DuckDB has no memory for '{output.Name}'");
                    var lists = (DuckDBListEntry*)NativeMethods.Vectors.DuckDBVectorGetData(vector);
                    for (var row = 0; row < rows; row++)
                        lists[row] = new DuckDBListEntry((ulong)row * width, width);
                    vector = NativeMethods.Vectors.DuckDBListVectorGetChild(vector);
                }
                found.CopyTo(new Span<byte>(NativeMethods.Vectors.DuckDBVectorGetData(vector), found.Length));
            }
        }
        """;

    private static string Column(RecipeTensor tensor)
    {
        var (stored, sql, bytes) = tensor.Type switch
        {
            ElementType.Float => ("Float", "FLOAT", 4),
            ElementType.Double => ("Double", "DOUBLE", 8),
            ElementType.Int64 => ("BigInt", "BIGINT", 8),
            ElementType.Int32 => ("Integer", "INTEGER", 4),
            _ => ("Boolean", "BOOLEAN", 1),
        };
        // Of outputs the extents need not be known: the results tell.
        return FormattableString.Invariant($"        new({Literals.Escaped(tensor.Name)}, TensorElementType.{tensor.Type}, ")
            + FormattableString.Invariant($"DuckDBType.{stored}, \"{sql}\", {bytes}, {(tensor.IsSingle ? "true" : "false")}, ")
            + $"[{string.Join(", ", tensor.Row ?? [])}]),\n";
    }

    private static string VersionOf(string name) => typeof(DuckDbNetRecipe).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(a => a.Key == name).Value!;
}
