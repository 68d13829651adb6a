using System.Reflection;
using Microsoft.ML.Introspection.Attribution;

namespace Microsoft.ML.Introspection.Catalog;

/// <summary>
/// A record whose parameters and properties are options, as their <see cref="OptionAttribute"/> says: lists them, and makes the record from
/// their texts.
/// </summary>
public sealed class DescribedRecord
{
    private readonly ConstructorInfo _constructor;
    private readonly (ParameterInfo Parameter, MethodOption Option)[] _parameters;
    private readonly (PropertyInfo Property, MethodOption Option)[] _properties;

    /// <summary>Reads what the record says of itself, once.</summary>
    /// <param name="type">The record; its longest public constructor is used.</param>
    /// <exception cref="ArgumentException">It has no public constructor.</exception>
    public DescribedRecord(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        _constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length)
            .FirstOrDefault(c => c.GetParameters() is not [var only] || only.ParameterType != type)
            ?? throw new ArgumentException($"{type.Name} has no public constructor; a record of options was expected.", nameof(type));
        _parameters = [.. Parameters(_constructor)];
        _properties = [.. Properties(type, _constructor)];
        Options = [.. _parameters.Select(p => p.Option), .. _properties.Select(p => p.Option)];
    }

    /// <summary>The options: parameters first, then properties, the record's own before those that it inherits.</summary>
    public IReadOnlyList<MethodOption> Options { get; }

    /// <summary>Makes the record from some of its options; the others take their defaults.</summary>
    /// <param name="of">Whose options they are, for messages: "method saliency".</param>
    /// <param name="options">The texts that are given, by the option's name.</param>
    /// <exception cref="ArgumentException">There is no such option or value; the message lists those there are.</exception>
    public object Create(string of, IReadOnlyDictionary<string, string> options) => Create(OptionText.All(of, Options, options));

    /// <summary>Makes the record.</summary>
    /// <param name="texts">The texts of all options, by name.</param>
    /// <param name="given">The parameters that are no options, by name; the others take their defaults.</param>
    /// <exception cref="ArgumentException">A text is none of the values that are taken.</exception>
    internal object Create(IReadOnlyDictionary<string, string> texts, params ReadOnlySpan<(string Name, object Value)> given)
    {
        var others = given.ToArray().ToDictionary(g => g.Name, g => g.Value);
        var options = _parameters.ToDictionary(p => p.Parameter, p => p.Option);
        object?[] arguments = [.. _constructor.GetParameters().Select(p => options.TryGetValue(p, out var option)
            ? OptionText.Read(texts, option.Name, p.ParameterType, Described(p).Absent)
            : others.TryGetValue(p.Name!, out var value) ? value : p.DefaultValue)];
        var made = _constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null);
        foreach (var (property, option) in _properties)
            property.SetValue(made, OptionText.Read(texts, option.Name, property.PropertyType, Described(property).Absent),
                BindingFlags.DoNotWrapExceptions, null, null, null);
        return made;
    }

    private static IEnumerable<(ParameterInfo Parameter, MethodOption Option)> Parameters(ConstructorInfo constructor) => constructor
        .GetParameters().Where(p => p.IsDefined(typeof(OptionAttribute)))
        .Select(p => (p, Option(Described(p), p.Name!, p.ParameterType, p.HasDefaultValue ? p.DefaultValue : null)));

    private static IEnumerable<(PropertyInfo Property, MethodOption Option)> Properties(Type type, ConstructorInfo constructor)
    {
        // What a new record holds is the default.
        var made = constructor.GetParameters().All(p => p.HasDefaultValue || p.IsDefined(typeof(OptionAttribute)))
            ? constructor.Invoke([.. constructor.GetParameters().Select(Default)])
            : null;
        for (var declaring = type; declaring is not null; declaring = declaring.BaseType)
        {
            foreach (var property in declaring.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
                if (property.IsDefined(typeof(OptionAttribute)))
                    yield return (property,
                        Option(Described(property), property.Name, property.PropertyType, made is null ? null : property.GetValue(made)));
        }
    }

    private static object? Default(ParameterInfo parameter) => parameter.HasDefaultValue ? parameter.DefaultValue
        : OptionText.Read(new Dictionary<string, string> { [parameter.Name!] = Described(parameter).Default! }, parameter.Name!,
            parameter.ParameterType, null);

    private static OptionAttribute Described(ICustomAttributeProvider member) =>
        (OptionAttribute)member.GetCustomAttributes(typeof(OptionAttribute), false)[0];

    private static MethodOption Option(OptionAttribute described, string member, Type type, object? otherwise) => new(
        described.Name ?? OptionText.Kebab(member), described.Summary, described.Values ?? OptionText.ValuesOf(type),
        described.Default ?? OptionText.Of(otherwise, described.Absent));
}
