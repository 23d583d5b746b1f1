namespace IlgpuBnn.Equations;

/// <summary>A number that equations compute with: a plain one, or one that carries a derivative along.</summary>
public interface IReal<T>
    where T : struct, IReal<T>
{
    /// <summary>Sum.</summary>
    static abstract T operator +(T left, T right);

    /// <summary>Difference.</summary>
    static abstract T operator -(T left, T right);

    /// <summary>Product.</summary>
    static abstract T operator *(T left, T right);

    /// <summary>Quotient.</summary>
    static abstract T operator /(T left, T right);

    /// <summary>Negative.</summary>
    static abstract T operator -(T value);

    /// <summary>A constant.</summary>
    static abstract implicit operator T(double value);

    /// <summary>e^value.</summary>
    static abstract T Exp(T value);

    /// <summary>Natural logarithm.</summary>
    static abstract T Log(T value);

    /// <summary>value^power.</summary>
    static abstract T Pow(T value, double power);

    /// <summary>Sine, of radians.</summary>
    static abstract T Sin(T value);

    /// <summary>Cosine, of radians.</summary>
    static abstract T Cos(T value);

    /// <summary>Hyperbolic tangent.</summary>
    static abstract T Tanh(T value);
}
